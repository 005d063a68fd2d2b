/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "title.h"

int64_t index_clock(void)
{
	static int64_t last;
	struct timespec ts;
	int64_t now, before = __atomic_load_n(&last, __ATOMIC_RELAXED);

	clock_gettime(CLOCK_REALTIME, &ts);
	do {
		now = ts.tv_sec * 1000000000ll + ts.tv_nsec;
		if (now <= before)
			now = before + 1;
	} while (!__atomic_compare_exchange_n(&last, &before, now, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return now;
}

/* --- begin and end ----------------------------------------------------------- */

static bool init_phases(struct index *ix)
{
	for (int p = 0; p < PHASES; p++) {
		const char *name = phase_name((enum phase)p);
		uint32_t number = value_get(&ix->by[BY_PHASE], name, strlen(name), NULL);

		if (!number)
			return false;
		ix->by[BY_PHASE].v[number].changed = index_clock();
		ix->phase_value[p] = number;
	}
	return true;
}

int index_init(struct index *ix, const struct spool *s, struct diag *d)
{
	pthread_rwlockattr_t attr;
	bool fine = true;

	*ix = (struct index){ .spool = s, .n = 1, .cap = 1024, .buckets = 1024 };
	pthread_rwlockattr_init(&attr);
	/* Many readers must not keep the news waiting; none of them locks twice. */
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&ix->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	pthread_mutex_init(&ix->loading, NULL);
	pthread_cond_init(&ix->loaded, NULL);
	ix->job = calloc(ix->cap, sizeof(*ix->job));
	ix->seen = calloc(ix->cap, 1);
	ix->bucket = calloc(ix->buckets, sizeof(*ix->bucket));
	ix->jobs_changed = ix->begun = index_clock();
	for (int b = 0; b < LISTS; b++)
		fine &= values_init(&ix->by[b]);
	for (int b = 0; b < BYS; b++)
		ix->by_changed[b] = index_clock();
	fine &= values_init(&ix->reasons);
	return fine && ix->job && ix->seen && ix->bucket && init_phases(ix) ? 0 : diag_nomem(d);
}

void index_free(struct index *ix)
{
	for (int b = 0; b < LISTS; b++)
		values_free(&ix->by[b]);
	values_free(&ix->reasons);
	stale_free(&ix->stale);
	free(ix->job);
	free(ix->seen);
	free(ix->bucket);
	pthread_rwlock_destroy(&ix->lock);
	pthread_mutex_destroy(&ix->loading);
	pthread_cond_destroy(&ix->loaded);
}

void index_rdlock(struct index *ix) { pthread_rwlock_rdlock(&ix->lock); }
void index_wrlock(struct index *ix) { pthread_rwlock_wrlock(&ix->lock); }
void index_unlock(struct index *ix) { pthread_rwlock_unlock(&ix->lock); }

/* --- looking ------------------------------------------------------------------- */

/* The last half of a version 7 id is random. */
static uint32_t hash_id(const struct index *ix, const struct uuid *id)
{
	uint32_t h;

	memcpy(&h, id->b + 12, sizeof h);
	return h & (ix->buckets - 1);
}

struct job *index_job(const struct index *ix, uint32_t number, uint16_t gen)
{
	struct job *j = number < ix->n ? &ix->job[number] : NULL;

	return number && j && j->used && j->gen == gen ? j : NULL;
}

uint32_t index_find(const struct index *ix, const struct uuid *id)
{
	uint32_t i = ix->bucket[hash_id(ix, id)];

	while (i && uuid_cmp(&ix->job[i].id, id))
		i = ix->job[i].next;
	return i;
}

static uint32_t number_of(const struct index *ix, const struct job *j)
{
	return (uint32_t)(j - ix->job);
}

uint64_t index_ino_of(uint32_t number, const struct job *j, int kind)
{
	return tree_ino(kind, number, j->gen, tree_has_editions(kind) ? j->edition : j->turn);
}

uint64_t index_ino(const struct index *ix, const struct job *j, int kind)
{
	return index_ino_of(number_of(ix, j), j, kind);
}

uint64_t index_value_ino(const struct index *ix, enum by by, uint32_t number)
{
	return tree_ino(TREE_VALUE + (int)by, number, ix->by[by].v[number].gen, 0);
}

void index_see(const struct index *ix, const struct job *j, int bits)
{
	uint8_t *seen = &ix->seen[number_of(ix, j)];
	struct value *shape = &ix->by[BY_SHAPE].v[j->value[BY_SHAPE]];

	if (bits & JOB_SEEN_FILES && !__atomic_load_n(&shape->seen, __ATOMIC_RELAXED))
		__atomic_store_n(&shape->seen, 1, __ATOMIC_RELAXED);
	/* Mostly they are set already: then the cache line stays shared. */
	if ((__atomic_load_n(seen, __ATOMIC_RELAXED) & bits) != bits)
		__atomic_fetch_or(seen, (uint8_t)bits, __ATOMIC_RELAXED);
}

static void unsee(struct index *ix, const struct job *j, int bits)
{
	ix->seen[number_of(ix, j)] &= (uint8_t)~bits;
}

/* --- lists of jobs by value ------------------------------------------------------ */

static void touch_names(struct index *ix, int64_t *changed, bool *seen, int kind)
{
	*changed = index_clock();
	if (*seen)
		stale_inode(&ix->stale, tree_ino(kind, 0, 0, 0));
	*seen = false;
}

static void touch_value(struct index *ix, enum by by, uint32_t number)
{
	struct value *v = &ix->by[by].v[number];

	v->changed = index_clock();
	if (v->seen)
		stale_inode(&ix->stale, index_value_ino(ix, by, number));
	v->seen = 0;
}

static void touch_by(struct index *ix, enum by by)
{
	touch_names(ix, &ix->by_changed[by], &ix->by_seen[by], TREE_BY + (int)by);
}

static void list_remove(struct index *ix, struct job *j, enum by by)
{
	struct value *v = &ix->by[by].v[j->value[by]];
	uint32_t prev = j->list[by].prev, next = j->list[by].next;

	if (prev)
		ix->job[prev].list[by].next = next;
	else
		v->head = next;
	if (next)
		ix->job[next].list[by].prev = prev;
	v->count--;
}

static void list_add(struct index *ix, struct job *j, enum by by)
{
	struct value *v = &ix->by[by].v[j->value[by]];

	j->list[by].prev = 0;
	j->list[by].next = v->head;
	if (v->head)
		ix->job[v->head].list[by].prev = number_of(ix, j);
	v->head = number_of(ix, j);
	v->count++;
}

static void leave_value(struct index *ix, struct job *j, enum by by)
{
	struct values *s = &ix->by[by];
	uint32_t old = j->value[by];
	char id[UUID_TEXT];

	if (!old)
		return;
	if (ix->seen[number_of(ix, j)] & JOB_SEEN_LINK << by) {
		uuid_format(&j->id, id);
		stale_name(&ix->stale, index_value_ino(ix, by, old), id);
		unsee(ix, j, JOB_SEEN_LINK << by);
	}
	list_remove(ix, j, by);
	if (by == BY_SHAPE && s->v[old].refs == 1) {
		value_put(&ix->reasons, s->v[old].reason);
	} else if (s->v[old].refs == 1) {
		stale_name(&ix->stale, tree_ino(TREE_BY + (int)by, 0, 0, 0), s->v[old].text);
		touch_by(ix, by);
	} else {
		touch_value(ix, by, old);
	}
	value_put(s, old);
	j->value[by] = 0;
}

/* number: already referred to for this job; 0: none. */
static void set_value(struct index *ix, struct job *j, enum by by, uint32_t number, bool fresh)
{
	if (number == j->value[by]) {
		value_put(&ix->by[by], number);
		return;
	}
	leave_value(ix, j, by);
	if (!number)
		return;
	j->value[by] = number;
	list_add(ix, j, by);
	touch_value(ix, by, number);
	if (fresh && by < BYS)
		touch_by(ix, by);
}

static bool set_text(struct index *ix, struct job *j, enum by by, const char *text, size_t len)
{
	bool fresh = false;
	uint32_t number = len ? value_get(&ix->by[by], text, len, &fresh) : 0;

	if (len && !number)
		return false;
	set_value(ix, j, by, number, fresh);
	return true;
}

static void set_phase(struct index *ix, struct job *j, enum phase phase)
{
	uint32_t number = ix->phase_value[phase];

	ix->by[BY_PHASE].v[number].refs++;
	set_value(ix, j, BY_PHASE, number, false);
	j->phase = (uint8_t)phase;
}

/* --- coming and going --------------------------------------------------------------- */

static void grow_buckets(struct index *ix)
{
	uint32_t n = ix->buckets * 2;
	uint32_t *bucket = calloc(n, sizeof(*bucket));

	if (!bucket)
		return;
	free(ix->bucket);
	ix->bucket = bucket;
	ix->buckets = n;
	for (uint32_t i = 1; i < ix->n; i++) {
		uint32_t *at = &bucket[hash_id(ix, &ix->job[i].id)];

		if (!ix->job[i].used)
			continue;
		ix->job[i].next = *at;
		*at = i;
	}
}

static uint32_t take_number(struct index *ix)
{
	uint32_t i = ix->free;
	struct job *more;
	uint8_t *seen;

	if (i) {
		ix->free = ix->job[i].next;
		return i;
	}
	if (ix->n == ix->cap) {
		more = realloc(ix->job, 2ul * ix->cap * sizeof(*more));
		if (!more)
			return 0;
		ix->job = more;
		memset(ix->job + ix->cap, 0, ix->cap * sizeof(*more));
		seen = realloc(ix->seen, 2ul * ix->cap);
		if (!seen)
			return 0;
		ix->seen = seen;
		ix->cap *= 2;
	}
	return ix->n++;
}

static uint32_t add(struct index *ix, const struct uuid *id)
{
	uint32_t *at, i;

	if (ix->live >= ix->buckets)
		grow_buckets(ix);
	i = take_number(ix);
	if (!i)
		return 0;
	at = &ix->bucket[hash_id(ix, id)];
	ix->job[i] = (struct job){ .id = *id, .next = *at, .used = 1,
				   .gen = tree_next_gen(ix->job[i].gen) };
	*at = i;
	ix->seen[i] = 0;
	ix->live++;
	touch_names(ix, &ix->jobs_changed, &ix->jobs_seen, TREE_JOBS);
	return i;
}

uint32_t index_put(struct index *ix, const struct uuid *id, enum phase phase)
{
	uint32_t i = index_find(ix, id);

	if (!i)
		i = add(ix, id);
	if (i) {
		ix->job[i].version++;
		set_phase(ix, &ix->job[i], phase);
	}
	return i;
}

/* Everything in jobs/ID/ that may have changed, if the kernel knows of any. */
static void files_stale(struct index *ix, struct job *j)
{
	static const int kinds[] = { TREE_STATUS, TREE_LOG, TREE_WHY, TREE_WAIT, TREE_STDOUT,
				     TREE_STDERR };
	const struct tree_name *n;

	if (!(ix->seen[number_of(ix, j)] & JOB_SEEN_FILES))
		return;
	unsee(ix, j, JOB_SEEN_FILES);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		for (n = tree_names(TREE_JOB); n->kind != kinds[i]; n++)
			;
		/* Nothing is wrong with an old edition, except its name. */
		if (tree_has_editions(n->kind))
			stale_name(&ix->stale, index_ino(ix, j, TREE_JOB), n->name);
		else
			stale_both(&ix->stale, index_ino(ix, j, n->kind), index_ino(ix, j, TREE_JOB),
				   n->name);
	}
	j->edition++;
}

/* What never changes has changed: a file that could not be read was mended. */
static void all_stale(struct index *ix, const struct job *j)
{
	char id[UUID_TEXT];

	uuid_format(&j->id, id);
	stale_inode(&ix->stale, index_ino(ix, j, TREE_REQUEST));
	stale_inode(&ix->stale, index_ino(ix, j, TREE_LINK));
	stale_both(&ix->stale, index_ino(ix, j, TREE_JOB), TREE_JOBS, id);
}

static void set_reason(struct index *ix, uint32_t *at, const struct buf *text)
{
	uint32_t number = text->len ? value_get(&ix->reasons, text->s, text->len, NULL) : 0;

	value_put(&ix->reasons, *at);
	*at = number;
}

const struct value *index_shape(const struct index *ix, const struct job *j)
{
	const struct value *v = &ix->by[BY_SHAPE].v[j->value[BY_SHAPE]];

	return j->phase == PHASE_PENDING && j->value[BY_SHAPE] && v->why_len ? v : NULL;
}

void index_explain(struct index *ix, const char *shape, const struct why *w)
{
	uint32_t number = value_find(&ix->by[BY_SHAPE], shape, strlen(shape));
	struct value *v = &ix->by[BY_SHAPE].v[number];
	struct buf reason = BUF_INIT;

	if (!number || (v->why_mtime == w->mtime && v->why_len == w->text.len))
		return;
	v->why_mtime = w->mtime;
	v->why_len = (uint32_t)w->text.len;
	facts_reason(&w->text, &reason);
	set_reason(ix, &v->reason, &reason);
	buf_free(&reason);
	/* There may be many, and explanations change often: only if anybody looked. */
	for (uint32_t i = v->seen ? v->head : 0; i; i = ix->job[i].list[BY_SHAPE].next)
		if (ix->job[i].phase == PHASE_PENDING)
			files_stale(ix, &ix->job[i]);
	v->seen = 0;
}

static bool set_shape(struct index *ix, struct job *j, const struct facts *f)
{
	uint32_t before = j->value[BY_SHAPE];
	struct value *v;

	if (!set_text(ix, j, BY_SHAPE, f->shape, strlen(f->shape)))
		return false;
	v = &ix->by[BY_SHAPE].v[j->value[BY_SHAPE]];
	/* The first job of a shape speaks for all. */
	if (j->value[BY_SHAPE] != before && v->count == 1)
		wants_read(&v->wants, f->story.state.body, f->story.state.body_len);
	return true;
}

static bool set_values(struct index *ix, struct job *j, const struct facts *f)
{
	const struct job_state *st = &f->story.state;
	struct buf user = BUF_INIT, reason = BUF_INIT;
	bool fine;

	title_component(st->record.user, strlen(st->record.user), &user);
	fine = set_text(ix, j, BY_NAME, f->story.title.s, f->story.title.len) &&
	       set_text(ix, j, BY_USER, user.s, user.len) &&
	       set_text(ix, j, BY_SITE, st->site, strlen(st->site)) &&
	       set_shape(ix, j, f);
	if (!f->plain)
		facts_reason(&f->why, &reason);
	set_reason(ix, &j->reason, &reason);
	buf_free(&user);
	buf_free(&reason);
	return fine;
}

/* The lines that are new; of a job that was there at the mount and is read only
 * now, the last one, if it came since. */
static void tell_events(struct index *ix, const struct job *j, const struct facts *f)
{
	const struct buf *log = &f->story.log;
	size_t from = j->loaded ? j->log_len : 0;

	if (!ix->events || j->archived || f->story.bad || from >= log->len)
		return;
	if (!j->loaded && j->old) {
		const char *last = log->len > 1 ? memrchr(log->s, '\n', log->len - 1) : NULL;

		if (f->mtime < ix->begun)
			return;
		from = last ? (size_t)(last + 1 - log->s) : 0;
	}
	events_add(ix->events, &j->id, f->owner, log->s + from, log->len - from);
}

int index_apply(struct index *ix, uint32_t number, const struct facts *f)
{
	struct job *j = &ix->job[number];
	const struct job_state *st = &f->story.state;

	set_phase(ix, j, f->story.phase);
	if (!set_values(ix, j, f)) {
		errno = ENOMEM;
		return -1;
	}
	tell_events(ix, j, f);
	if (j->loaded)
		files_stale(ix, j);
	if (j->loaded && (j->owner != f->owner || j->request_len != st->body_len))
		all_stale(ix, j);
	j->owner = f->owner;
	j->attempt = st->attempt;
	j->offers = f->story.offers;
	j->time = f->story.bad ? f->mtime / 1000 : st->record.time;
	j->since = f->story.bad ? f->mtime / 1000 : st->since;
	j->mtime = f->mtime;
	j->size = f->size;
	j->request_len = (uint32_t)st->body_len;
	j->status_len = (uint32_t)f->status.len;
	j->log_len = (uint32_t)f->story.log.len;
	j->why_len = (uint32_t)f->why.len;
	j->loaded = 1;
	if (j->phase == PHASE_PENDING)
		index_explain(ix, f->shape, &f->shared);
	return 0;
}

void index_remove(struct index *ix, uint32_t number)
{
	struct job *j = &ix->job[number];
	char id[UUID_TEXT];
	uint32_t *at;

	for (int b = 0; b < LISTS; b++)
		leave_value(ix, j, (enum by)b);
	value_put(&ix->reasons, j->reason);
	if (ix->seen[number] & (JOB_SEEN_ENTRY | JOB_SEEN_FILES)) {
		uuid_format(&j->id, id);
		stale_both(&ix->stale, index_ino(ix, j, TREE_JOB), TREE_JOBS, id);
	}
	for (at = &ix->bucket[hash_id(ix, &j->id)]; *at != number; at = &ix->job[*at].next)
		;
	*at = j->next;
	j->used = 0;
	j->next = ix->free;
	ix->free = number;
	ix->live--;
	touch_names(ix, &ix->jobs_changed, &ix->jobs_seen, TREE_JOBS);
}

void index_turn(struct index *ix, uint32_t number)
{
	ix->job[number].turn++;
	unsee(ix, &ix->job[number], JOB_SEEN_ENTRY | JOB_SEEN_FILES);
}
