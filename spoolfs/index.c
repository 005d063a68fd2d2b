/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "index_part.h"

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

uint64_t index_ino_of(uint32_t number, const struct job *j, int kind)
{
	return tree_ino(kind, number, j->gen, tree_has_editions(kind) ? j->edition : j->turn);
}

uint64_t index_ino(const struct index *ix, const struct job *j, int kind)
{
	return index_ino_of(index_number_of(ix, j), j, kind);
}

uint64_t index_value_ino(const struct index *ix, enum by by, uint32_t number)
{
	return tree_ino(TREE_VALUE + (int)by, number, ix->by[by].v[number].gen, 0);
}

void index_see(const struct index *ix, const struct job *j, int bits)
{
	uint8_t *seen = &ix->seen[index_number_of(ix, j)];
	struct value *shape = &ix->by[BY_SHAPE].v[j->value[BY_SHAPE]];

	if (bits & JOB_SEEN_FILES && !__atomic_load_n(&shape->seen, __ATOMIC_RELAXED))
		__atomic_store_n(&shape->seen, 1, __ATOMIC_RELAXED);
	/* Mostly they are set already: then the cache line stays shared. */
	if ((__atomic_load_n(seen, __ATOMIC_RELAXED) & bits) != bits)
		__atomic_fetch_or(seen, (uint8_t)bits, __ATOMIC_RELAXED);
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
	index_touch_names(ix, &ix->jobs_changed, &ix->jobs_seen, TREE_JOBS);
	return i;
}

uint32_t index_put(struct index *ix, const struct uuid *id, enum phase phase)
{
	uint32_t i = index_find(ix, id);

	if (!i)
		i = add(ix, id);
	if (i) {
		ix->job[i].version++;
		index_set_phase(ix, &ix->job[i], phase);
	}
	return i;
}

void index_remove(struct index *ix, uint32_t number)
{
	struct job *j = &ix->job[number];
	char id[UUID_TEXT];
	uint32_t *at;

	for (int b = 0; b < LISTS; b++)
		index_leave_value(ix, j, (enum by)b);
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
	index_touch_names(ix, &ix->jobs_changed, &ix->jobs_seen, TREE_JOBS);
}

void index_turn(struct index *ix, uint32_t number)
{
	ix->job[number].turn++;
	index_unsee(ix, &ix->job[number], JOB_SEEN_ENTRY | JOB_SEEN_FILES);
}
