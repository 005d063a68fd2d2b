/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "view.h"

/* A fixed number: the attributes follow from it. */
static int found(struct view *v, fuse_req_t req, fuse_ino_t ino, struct fuse_entry_param *e, double entry_timeout)
{
	int err = attr_get(v, req, ino, &e->attr, &e->attr_timeout);

	e->ino = ino;
	e->entry_timeout = entry_timeout;
	return err;
}

/* The job of this name, as the text of an id in a directory must be: lower case. */
static uint32_t job_named(struct view *v, const char *name, uint16_t *gen)
{
	struct uuid id;
	uint32_t number = 0;
	char text[UUID_TEXT];

	if (strlen(name) != UUID_LEN || uuid_parse(name, UUID_LEN, &id, NULL) < 0)
		return 0;
	uuid_format(&id, text);
	if (strcmp(text, name))
		return 0;
	index_rdlock(&v->index);
	number = index_find(&v->index, &id);
	if (number)
		*gen = v->index.job[number].gen;
	index_unlock(&v->index);
	return number ? number : archives_bring(v, &id, gen);
}

/* A copy of a job: what is told of it is of one moment. */
static int found_job(struct view *v, uint32_t number, const struct job *j, int kind,
		     struct fuse_entry_param *e)
{
	e->ino = index_ino_of(number, j, kind);
	e->entry_timeout = VIEW_LONG;
	attr_job(v, j, e->ino, &e->attr, &e->attr_timeout);
	return 0;
}

static int look_fixed(struct view *v, fuse_req_t req, fuse_ino_t parent, const char *name,
		      struct fuse_entry_param *e)
{
	const struct tree_name *n = tree_names(tree_kind(parent));
	struct job j;

	while (n->name && strcmp(n->name, name))
		n++;
	if (!n->name)
		return ENOENT;
	if (tree_kind(parent) != TREE_JOB)
		return found(v, req, tree_sibling(parent, n->kind), e, VIEW_LONG);
	if (attr_need(v, parent, JOB_SEEN_FILES, &j))
		return ENOENT;
	return found_job(v, tree_index(parent), &j, n->kind, e);
}

static int look_name(struct view *v, fuse_req_t req, fuse_ino_t parent, const char *name,
		     struct fuse_entry_param *e);

static int look_job(struct view *v, fuse_req_t req, const char *name, struct fuse_entry_param *e)
{
	uint16_t gen = 0;
	uint32_t number = job_named(v, name, &gen);
	char task[TASK_NAME];
	struct job j;

	if (!number && task_name(v, name, task))
		return look_name(v, req, TREE_JOBS, task, e);
	if (!number || index_need(&v->index, number, gen, JOB_SEEN_ENTRY, &j) < 0)
		return ENOENT;
	return found_job(v, number, &j, TREE_JOB, e);
}

/* By-X/VALUE/ID: only where the job is listed at this moment. */
static int look_link(struct view *v, fuse_ino_t parent, const char *name,
		     struct fuse_entry_param *e)
{
	enum by by = (enum by)(tree_kind(parent) - TREE_VALUE);
	uint16_t gen = 0;
	uint32_t number = job_named(v, name, &gen);
	struct job j;

	if (!number || index_need(&v->index, number, gen, JOB_SEEN_LINK << by, &j) < 0)
		return ENOENT;
	/* j is a copy, so that what was seen and what is answered are one. */
	if (j.value[by] != tree_index(parent))
		return ENOENT;
	return found_job(v, number, &j, TREE_LINK, e);
}

/* A word that only archived jobs have: one of them makes it known. */
struct bring { const struct who *who; enum by by; struct uuid id; bool found; };

static bool bring_one(void *ctx, const struct archived *a)
{
	struct bring *b = ctx;

	b->found = who_sees_word(b->who, b->by, a->owner);
	b->id = a->id;
	return !b->found;
}

static void bring_value(struct view *v, const struct who *who, enum by by, const char *name)
{
	struct bring b = { .who = who, .by = by };
	uint16_t gen;

	archives_each(v, by, name, bring_one, &b);
	if (b.found)
		archives_bring(v, &b.id, &gen);
}

/* The number of a value that the caller is shown; 0: none. */
static uint32_t value_shown(struct view *v, const struct who *who, enum by by, const char *name, fuse_ino_t *ino)
{
	struct values *s = &v->index.by[by];
	uint32_t number;

	index_rdlock(&v->index);
	number = value_find(s, name, strlen(name));
	if (number && !who_sees_value(v, who, by, number))
		number = 0;
	if (number)
		*ino = index_value_ino(&v->index, by, number);
	index_unlock(&v->index);
	return number;
}

static int look_value(struct view *v, fuse_req_t req, fuse_ino_t parent, const char *name,
		      struct fuse_entry_param *e)
{
	enum by by = (enum by)(tree_kind(parent) - TREE_BY);
	fuse_ino_t ino = 0;
	uint32_t number;
	struct who who;

	who_init(&who, v, req);
	if (by != BY_PHASE)
		index_wait(&v->index);
	number = value_shown(v, &who, by, name, &ino);
	if (!number) {
		bring_value(v, &who, by, name);
		number = value_shown(v, &who, by, name, &ino);
	}
	/* The kernel would tell others what one was told. */
	return number ? found(v, req, ino, e, by == BY_NAME && v->root ? VIEW_NOT : VIEW_LONG) : ENOENT;
}

static int look_site(struct view *v, fuse_req_t req, const char *name, struct fuse_entry_param *e)
{
	uint32_t number = sites_find(&v->sites, &v->spool, name);

	return number ? found(v, req, tree_ino(TREE_SITE, number, 0, 0), e, VIEW_NOT) : ENOENT;
}

/* A number is needed before it can be said whether there is such a file. */
static int look_name(struct view *v, fuse_req_t req, fuse_ino_t parent, const char *name,
		     struct fuse_entry_param *e)
{
	fuse_ino_t ino;
	int err;

	if (tree_kind(parent) == TREE_RESULTS && (!strcmp(name, "stdout") || !strcmp(name, "stderr")))
		return ENOENT;
	ino = names_look(&v->names, parent, name);
	if (!ino)
		return ENOMEM;
	err = found(v, req, ino, e, VIEW_NOT);
	if (err)
		names_forget(&v->names, ino, 1);
	return err;
}

int look_up(struct view *v, fuse_req_t req, fuse_ino_t parent, const char *name, struct fuse_entry_param *e)
{
	int kind = tree_kind(parent);

	*e = (struct fuse_entry_param){ .ino = 0 };
	if (strlen(name) > NAME_MAX)
		return ENAMETOOLONG;
	if (kind == TREE_JOBS)
		return look_job(v, req, name, e);
	if (tree_is_by(kind))
		return look_value(v, req, parent, name, e);
	if (tree_is_value(kind))
		return look_link(v, parent, name, e);
	if (kind == TREE_SITES)
		return look_site(v, req, name, e);
	if (kind == TREE_INBOX || kind == TREE_REJECTED || kind == TREE_RESULTS ||
	    kind == TREE_SITE_CACHE || kind == TREE_OFFERS || kind == TREE_ACCEPTED || kind == TREE_NAME ||
	    room_of(kind))
		return look_name(v, req, parent, name, e);
	return look_fixed(v, req, parent, name, e);
}
