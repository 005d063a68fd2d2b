/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a job's file says becomes what the index knows.  Whatever differs from
 * what the kernel was told is stale from here on.
 */
#include <errno.h>
#include <string.h>

#include "index_part.h"
#include "title.h"

/* Everything in jobs/ID/ that may have changed, if the kernel knows of any. */
static void files_stale(struct index *ix, struct job *j)
{
	static const int kinds[] = { TREE_STATUS, TREE_LOG, TREE_WHY, TREE_WAIT, TREE_STDOUT,
				     TREE_STDERR };
	const struct tree_name *n;

	if (!(ix->seen[index_number_of(ix, j)] & JOB_SEEN_FILES))
		return;
	index_unsee(ix, j, JOB_SEEN_FILES);
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
	struct buf reason = BUF_INIT, eta = BUF_INIT;

	if (!number || (v->why_mtime == w->mtime && v->why_len == w->text.len))
		return;
	v->why_mtime = w->mtime;
	v->why_len = (uint32_t)w->text.len;
	facts_reason(&w->text, &reason);
	set_reason(ix, &v->reason, &reason);
	buf_free(&reason);
	facts_eta(&w->text, &eta);
	set_reason(ix, &v->eta, &eta);
	buf_free(&eta);
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

	if (!index_set_text(ix, j, BY_SHAPE, f->shape, strlen(f->shape)))
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
	fine = index_set_text(ix, j, BY_NAME, f->story.title.s, f->story.title.len) &&
	       index_set_text(ix, j, BY_USER, user.s, user.len) &&
	       index_set_text(ix, j, BY_SITE, st->site, strlen(st->site)) &&
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

	index_set_phase(ix, j, f->story.phase);
	index_show(ix, j, f->story.shown);
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
	j->since = f->story.bad ? f->mtime / 1000 : f->story.since;
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
