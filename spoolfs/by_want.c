/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * by-dataset/NAME/ID and by-reservation/ID/ID: links to the jobs that want it.
 *
 * A job may want several datasets, so these are no lists of the index: they
 * are found through the shapes, of which there are few.  Nobody is shown a name
 * that only jobs have which they may not see.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "title.h"
#include "view.h"

static const char *next_word(const struct wants *w, int kind, const char *before)
{
	if (kind == TREE_BY_RESERVATION)
		return before ? NULL : w->reservation;
	before = before ? before + strlen(before) + 1 : w->datasets;
	return before && before < w->datasets + w->datasets_len ? before : NULL;
}

/* A word as a directory is called. */
static bool is_called(const char *word, const char *name, struct buf *scratch)
{
	buf_reset(scratch);
	title_component(word, strlen(word), scratch);
	return !strcmp(scratch->s, name);
}

/* The next job of the list that the caller sees, from number i on; 0: none. */
static uint32_t seen_from(const struct index *ix, const struct who *who, uint32_t i)
{
	while (i && !who_sees(who, ix->job[i].owner))
		i = ix->job[i].list[BY_SHAPE].next;
	return i;
}

typedef bool each(void *ctx, const struct wants *w, uint32_t head);

/* Call for each shape of which the caller sees a job; under the lock. */
static void each_shape(struct view *v, const struct who *who, each *call, void *ctx)
{
	const struct index *ix = &v->index;
	const struct values *s = &ix->by[BY_SHAPE];

	for (uint32_t i = 1; i < s->n; i++) {
		const struct wants *w = &s->v[i].wants;
		uint32_t head;

		if (!s->v[i].text || (!w->datasets && !w->reservation))
			continue;
		head = seen_from(ix, who, s->v[i].head);
		if (head && !call(ctx, w, head))
			return;
	}
}

/* --- names -------------------------------------------------------------------------- */

struct names_of { int kind; struct buf *out; };

static bool in_list(const struct buf *b, const char *name)
{
	for (size_t at = 0; at < b->len; at += strlen(b->s + at) + 1)
		if (!strcmp(b->s + at, name))
			return true;
	return false;
}

static bool add_words(void *ctx, const struct wants *w, uint32_t head)
{
	struct names_of *n = ctx;
	struct buf name = BUF_INIT;

	(void)head;
	for (const char *s = next_word(w, n->kind, NULL); s; s = next_word(w, n->kind, s)) {
		buf_reset(&name);
		title_component(s, strlen(s), &name);
		if (!in_list(n->out, name.s))
			buf_add(n->out, name.s, name.len + 1);
	}
	buf_free(&name);
	return true;
}

/* --- jobs --------------------------------------------------------------------------------- */

struct jobs_of {
	struct view *v;
	const struct who *who;
	int kind;
	const char *name;	/* of the directory */
	const char *id;		/* only this one; NULL: all */
	struct buf *out;	/* ids, each with a NUL; NULL: whether there is any is all */
	bool found;
};

static void add_jobs(struct jobs_of *j, uint32_t i)
{
	const struct index *ix = &j->v->index;
	char id[UUID_TEXT];

	for (; i; i = seen_from(ix, j->who, ix->job[i].list[BY_SHAPE].next)) {
		uuid_format(&ix->job[i].id, id);
		if (j->id && strcmp(j->id, id))
			continue;
		j->found = true;
		if (!j->out || j->id)
			return;
		buf_add(j->out, id, sizeof id);
	}
}

static bool look_in(void *ctx, const struct wants *w, uint32_t head)
{
	struct jobs_of *j = ctx;
	struct buf scratch = BUF_INIT;

	for (const char *s = next_word(w, j->kind, NULL); s; s = next_word(w, j->kind, s))
		if (is_called(s, j->name, &scratch)) {
			add_jobs(j, head);
			break;
		}
	buf_free(&scratch);
	return !j->found || j->out;
}

static bool find_jobs(struct jobs_of *j)
{
	index_wait(&j->v->index);
	index_rdlock(&j->v->index);
	each_shape(j->v, j->who, look_in, j);
	index_unlock(&j->v->index);
	return j->found;
}

/* --- the room ----------------------------------------------------------------------------- */

static int want_stat(struct view *v, const struct who *who, uint64_t top, const char *path,
		     struct stat *st)
{
	const char *slash = strchr(path, '/');
	char name[NAME_MAX + 1];
	struct jobs_of j = { .v = v, .who = who, .kind = tree_kind(top), .name = name,
			     .id = slash ? slash + 1 : NULL };

	snprintf(name, sizeof name, "%.*s", (int)(slash ? slash - path : NAME_MAX), path);
	st->st_mode = slash ? S_IFLNK | 0777 : S_IFDIR | 0555;
	st->st_size = slash ? (off_t)strlen("../../jobs/") + UUID_LEN : 0;
	return find_jobs(&j) ? 0 : ENOENT;
}

static void want_list(struct view *v, const struct who *who, uint64_t top, const char *path,
		      room_add *add, void *ctx)
{
	struct buf list = BUF_INIT;
	struct names_of n = { tree_kind(top), &list };
	struct jobs_of j = { .v = v, .who = who, .kind = tree_kind(top), .name = path, .out = &list };

	if (*path) {
		find_jobs(&j);
	} else {
		index_wait(&v->index);
		index_rdlock(&v->index);
		each_shape(v, who, add_words, &n);
		index_unlock(&v->index);
	}
	for (size_t at = 0; at < list.len; at += strlen(list.s + at) + 1)
		if (!add(ctx, list.s + at, *path ? S_IFLNK : S_IFDIR))
			break;
	buf_free(&list);
}

/* Of a link: where it leads. */
static int want_text(struct view *v, const struct who *who, uint64_t top, const char *path,
		     struct buf *out)
{
	const char *slash = strchr(path, '/');

	(void)v, (void)who, (void)top;
	if (!slash)
		return EISDIR;
	buf_addf(out, "../../jobs/%s", slash + 1);
	return 0;
}

const struct room want_room = { want_stat, want_list, want_text };

bool wants_by(struct view *v, const struct who *who, const char *dataset)
{
	struct buf name = BUF_INIT;
	struct jobs_of j = { .v = v, .who = who, .kind = TREE_BY_DATASET };
	bool found;

	title_component(dataset, strlen(dataset), &name);
	j.name = name.s;
	found = find_jobs(&j);
	buf_free(&name);
	return found;
}
