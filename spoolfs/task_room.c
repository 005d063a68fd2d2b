/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jobs/ID.N: the task of the array ID that has the index N.  It can be looked up,
 * and is not listed.  Once it is made it is a link to its own jobs/ID; before that a
 * directory with `status` and `why`, told out of the array's file.
 *
 * The two have different names in names.h, so that they are different inodes: that of
 * what is not made begins with "@".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "instant.h"
#include "ranges.h"
#include "request.h"
#include "view.h"

enum state { NOT_MADE, HELD, STRUCK, NEVER, MADE };

struct task {
	struct uuid array, id;
	uint32_t index, place;
	enum state state;
	struct facts facts;	/* of its array */
};

/* "ID.7", as it is written: lower case, and no zeros before. */
static bool read_name(const char *name, struct task *t)
{
	char text[UUID_TEXT + 12], id[UUID_TEXT];

	if (strlen(name) <= UUID_LEN + 1 || strlen(name) >= sizeof text || name[UUID_LEN] != '.' ||
	    uuid_parse(name, UUID_LEN, &t->array, NULL) < 0)
		return false;
	t->index = (uint32_t)strtoul(name + UUID_LEN + 1, NULL, 10);
	uuid_format(&t->array, id);
	snprintf(text, sizeof text, "%s.%u", id, t->index);
	return !strcmp(text, name);
}

static bool load_array(struct view *v, struct task *t)
{
	uint16_t gen = 0;
	uint32_t number;

	index_rdlock(&v->index);
	number = index_find(&v->index, &t->array);
	index_unlock(&v->index);
	if (!number && !archives_bring(v, &t->array, &gen))
		return false;
	if (facts_load(&t->facts, &v->spool, &t->array, PHASE_PENDING, false, NULL) < 0 &&
	    archives_facts(v, &t->array, &t->facts))
		return false;
	return !t->facts.story.bad && t->facts.story.state.record.tasks;
}

/* Which place the index has, out of the request. */
static bool find_place(struct task *t)
{
	const struct job_state *st = &t->facts.story.state;
	struct tree tree = TREE_INIT;
	struct request r;

	t->place = UINT32_MAX;
	if (tree_parse(&tree, st->body, st->body_len, NULL, NULL) == 0 &&
	    request_read(&tree, tree.root, &r, NULL) == 0)
		t->place = array_place(&r.array, t->index);
	tree_free(&tree);
	if (t->place == UINT32_MAX)
		return false;
	array_id(&t->array, t->place, &t->id);
	return true;
}

static bool is_in(const struct line *l, const char *key, uint32_t place)
{
	const struct node *n = node_get(l->map, key);
	struct ranges r = { 0 };
	bool is = n && n->kind == NODE_SCALAR && ranges_read(&r, n->text) && ranges_has(&r, place);

	ranges_free(&r);
	return is;
}

/* What the array's lines say, the last one last; what they do not say was made. */
static enum state state_in(const struct task *t)
{
	const struct buf *text = &t->facts.text;
	enum state s = NOT_MADE;
	struct line_reader r;
	struct line l;

	if (jobfile_events(&r, text->s, t->facts.story.state.whole, NULL) == 0)
		while (line_next(&r, &l, NULL) > 0) {
			if (node_get(l.map, "todo"))
				s = is_in(&l, "todo", t->place) ? NOT_MADE : is_in(&l, "held", t->place) ? HELD :
				    is_in(&l, "bad", t->place) ? STRUCK : MADE;
			else if ((s != MADE && line_key_equals(&l, "phase", "pending")) ||
				 (s == HELD && line_key_equals(&l, "command", "release")))
				s = NOT_MADE;
		}
	line_close(&r);
	return s;
}

/* The view has it, or an archive does. */
static bool is_there(struct view *v, const struct task *t)
{
	uint16_t gen;
	bool there;

	index_rdlock(&v->index);
	there = index_find(&v->index, &t->id) != 0;
	index_unlock(&v->index);
	return there || ((t->state == MADE || t->state == STRUCK) && archives_bring(v, &t->id, &gen));
}

static bool load(struct view *v, const char *name, struct task *t)
{
	*t = (struct task){ .facts = FACTS_INIT };
	if (!read_name(name, t) || !load_array(v, t) || !find_place(t))
		return false;
	t->state = state_in(t);
	if (is_there(v, t))
		t->state = MADE;
	else if (t->state == MADE)
		t->state = NOT_MADE;
	if (t->state != MADE && t->state != STRUCK && phase_final(t->facts.story.phase))
		t->state = NEVER;
	return true;
}

bool task_name(struct view *v, const char *name, char out[TASK_NAME])
{
	struct task t;
	bool is = load(v, name, &t);

	if (is)
		snprintf(out, TASK_NAME, "%s%.*s", t.state == MADE ? "" : "@", TASK_NAME - 2, name);
	facts_free(&t.facts);
	return is;
}

/* --- what is not made ---------------------------------------------------------------- */

static void add_status(const struct task *t, struct buf *out)
{
	const struct job_record *r = &t->facts.story.state.record;
	enum phase phase = t->state == STRUCK ? PHASE_CANCELLED : t->state == NEVER ? t->facts.story.phase : PHASE_PENDING;
	struct buf name = BUF_INIT;
	char id[UUID_TEXT];

	uuid_format(&t->id, id);
	buf_addf(out, "id: %s\n", id);
	if (r->name[0]) {
		buf_addf(&name, "%.200s.%u", r->name, t->index);
		buf_adds(out, "name: ");
		line_scalar(out, name.s, name.len);
		buf_addc(out, '\n');
		buf_free(&name);
	}
	buf_adds(out, "owner: ");
	line_scalar(out, r->user, strlen(r->user));
	uuid_format(&t->array, id);
	buf_addf(out, "\nuid: %lu\nphase: %s\nsubmitted: ", (unsigned long)r->owner, phase_name(phase));
	instant_format(r->time, out);
	buf_addf(out, "\narray: %s\nindex: %u\n", id, t->index);
}

static const char *const sentence[] = {
	[NOT_MADE] = "It is not made yet: its array makes its tasks as sites take them.\n",
	[HELD] = "It is held until somebody releases it, and is not made before.\n",
	[STRUCK] = "It was cancelled before it was made.\n",
	[NEVER] = "Its array ended before it was made.\n",
	[MADE] = "It is made.\n",
};

/* "@ID.7/status": the name, and what is wanted of it. */
static bool split(const char *path, char name[TASK_NAME], const char **rest)
{
	const char *at = path + (*path == '@'), *slash = strchr(at, '/');
	int n = (int)(slash ? slash - at : (ptrdiff_t)strlen(at));

	if (n >= TASK_NAME)
		return false;
	snprintf(name, TASK_NAME, "%.*s", n, at);
	*rest = slash ? slash + 1 : "";
	return true;
}

static int mode_of(const char *path, const char *rest, const struct task *t, mode_t *mode)
{
	if (*path != '@' && *rest)
		return ENOENT;
	if ((*path == '@') != (t->state != MADE) && !*rest)
		return ENOENT;
	*mode = *path != '@' ? S_IFLNK | 0777 : *rest ? S_IFREG | 0440 : S_IFDIR | 0550;
	return !*rest || !strcmp(rest, "status") || !strcmp(rest, "why") ? 0 : ENOENT;
}

static int task_stat(struct view *v, const struct who *who, uint64_t top, const char *path, struct stat *st)
{
	char name[TASK_NAME];
	const char *rest;
	struct task t;
	int err = ENOENT;

	(void)who, (void)top;
	if (!split(path, name, &rest))
		return ENOENT;
	if (load(v, name, &t)) {
		err = mode_of(path, rest, &t, &st->st_mode);
		st->st_uid = t.facts.story.state.record.owner;
		st->st_size = S_ISLNK(st->st_mode) ? UUID_LEN : 0;
		st->st_mtim = (struct timespec){ t.facts.mtime / 1000000000, t.facts.mtime % 1000000000 };
		st->st_ctim = st->st_atim = st->st_mtim;
	}
	facts_free(&t.facts);
	return err;
}

static int task_text(struct view *v, const struct who *who, uint64_t top, const char *path, struct buf *out)
{
	char name[TASK_NAME], id[UUID_TEXT];
	const char *rest;
	struct task t;
	int err = 0;

	(void)who, (void)top;
	if (!split(path, name, &rest))
		return ENOENT;
	if (!load(v, name, &t)) {
		err = ENOENT;
	} else if (*path != '@') {
		uuid_format(&t.id, id);
		buf_adds(out, id);
	} else if (!strcmp(rest, "status")) {
		add_status(&t, out);
	} else {
		err = *rest ? 0 : EISDIR;
		buf_adds(out, sentence[t.state]);
	}
	facts_free(&t.facts);
	return err;
}

static void task_list(struct view *v, const struct who *who, uint64_t top, const char *path, room_add *add, void *ctx)
{
	(void)v, (void)who, (void)top;
	if (*path == '@' && !strchr(path, '/') && add(ctx, "status", S_IFREG))
		add(ctx, "why", S_IFREG);
}

const struct room task_room = { task_stat, task_list, task_text };
