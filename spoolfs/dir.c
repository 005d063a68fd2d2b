/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory's names are taken down when it is first read, so that a listing
 * is of one moment and its offsets mean something.  jobs/ needs no such copy:
 * a job's number is its offset.
 */
#include "dir_part.h"

#include <stdlib.h>
#include <sys/stat.h>

/* Free names know no number: it would have to be counted and forgotten. */
enum { NO_INO = 0xffffffff };

struct dir *dir_open(fuse_ino_t ino)
{
	struct dir *d = malloc(sizeof(*d));

	if (d)
		*d = (struct dir){ .ino = ino, .names = BUF_INIT };
	return d;
}

void dir_close(struct dir *d)
{
	if (!d)
		return;
	free(d->item);
	buf_free(&d->names);
	free(d);
}

/* --- giving names out ------------------------------------------------------------------------ */

struct out {
	fuse_req_t req;
	char *at;
	size_t left;
	bool plus;
};

/* False: no room for it. */
static bool give(struct out *o, const char *name, const struct fuse_entry_param *e, off_t next)
{
	size_t n = o->plus ? fuse_add_direntry_plus(o->req, o->at, o->left, name, e, next) :
			     fuse_add_direntry(o->req, o->at, o->left, name, &e->attr, next);

	if (n > o->left)
		return false;
	o->at += n;
	o->left -= n;
	return true;
}

static bool give_dots(struct out *o, fuse_ino_t ino, off_t *off)
{
	/* Without a node id the kernel takes only the name: it knows these two. */
	struct fuse_entry_param e = { .attr = { .st_ino = ino, .st_mode = S_IFDIR } };

	for (; *off < 2; ++*off)
		if (!give(o, *off ? ".." : ".", &e, *off + 1))
			return false;
	return true;
}

/* Attributes, if they are wanted; false: it has gone since the names were taken. */
static bool describe(struct view *v, const struct out *o, fuse_ino_t ino, mode_t type,
		     int see, struct fuse_entry_param *e)
{
	int kind = tree_kind(ino);
	struct job j;

	*e = (struct fuse_entry_param){ .attr = { .st_ino = ino, .st_mode = type } };
	if (!o->plus)
		return true;
	if (tree_is_job(kind)) {
		if (attr_need(v, ino, see, &j))
			return false;
		ino = index_ino_of(tree_index(ino), &j, kind);
		attr_job(v, &j, ino, &e->attr, &e->attr_timeout);
	} else if (attr_get(v, o->req, ino, &e->attr, &e->attr_timeout)) {
		return false;
	}
	e->ino = ino;
	e->entry_timeout = tree_is_site(kind) || (kind == TREE_VALUE + BY_NAME && v->root) ? VIEW_NOT : VIEW_LONG;
	return true;
}

/* A link that was listed may have moved to another value since. */
static bool still_there(struct view *v, const struct dir *d, const struct dir_item *it, char id[UUID_TEXT])
{
	enum by by = (enum by)(tree_kind(d->ino) - TREE_VALUE);
	const struct job *j;
	bool there;

	index_rdlock(&v->index);
	j = index_job(&v->index, it->job, tree_gen(it->ino));
	there = j && j->value[by] == tree_index(d->ino);
	if (there)
		uuid_format(&j->id, id);
	index_unlock(&v->index);
	return there;
}

static bool give_item(struct view *v, struct out *o, const struct dir *d, const struct dir_item *it,
		      off_t next)
{
	bool is_link = tree_is_value(tree_kind(d->ino));
	int see = is_link ? JOB_SEEN_LINK << (tree_kind(d->ino) - TREE_VALUE) : JOB_SEEN_FILES;
	struct fuse_entry_param e;
	char id[UUID_TEXT];

	if (!it->ino) {
		e = (struct fuse_entry_param){ .attr = { .st_ino = NO_INO, .st_mode = it->type } };
		return give(o, d->names.s + it->name, &e, next);
	}
	/* Described first: what is seen is told when it moves after this. */
	if (!describe(v, o, it->ino, it->type, see, &e))
		return true;
	if (is_link && !still_there(v, d, it, id))
		return true;
	return give(o, is_link ? id : d->names.s + it->name, &e, next);
}

static bool next_job(struct view *v, uint32_t *number, struct uuid *id, fuse_ino_t *ino)
{
	struct index *ix = &v->index;
	bool found;

	index_rdlock(ix);
	while (*number < ix->n && (!ix->job[*number].used || ix->job[*number].archived))
		++*number;
	found = *number < ix->n;
	if (found) {
		*id = ix->job[*number].id;
		*ino = index_ino(ix, &ix->job[*number], TREE_JOB);
	}
	index_unlock(ix);
	return found;
}

static void give_jobs(struct view *v, struct out *o, off_t off)
{
	uint32_t number = (uint32_t)off - 1;
	struct fuse_entry_param e;
	char name[UUID_TEXT];
	struct uuid id;
	fuse_ino_t ino;

	for (; next_job(v, &number, &id, &ino); number++) {
		if (!describe(v, o, ino, S_IFDIR, JOB_SEEN_ENTRY, &e))
			continue;
		uuid_format(&id, name);
		if (!give(o, name, &e, (off_t)number + 2))
			break;
	}
}

ssize_t dir_read(struct view *v, fuse_req_t req, struct dir *d, fuse_ino_t ino, char *buf,
		 size_t size, off_t off, bool plus)
{
	struct out o = { .req = req, .at = buf, .left = size, .plus = plus };

	if (!give_dots(&o, ino, &off))
		return o.at - buf;
	if (tree_kind(ino) == TREE_JOBS) {
		give_jobs(v, &o, off);
		return o.at - buf;
	}
	/* rewinddir(3) reads anew, as it does everywhere. */
	if (!d->filled || off == 2) {
		d->n = 0;
		buf_reset(&d->names);
		d->error = 0;
		dir_fill(d, v, req);
	}
	if (d->error)
		return -d->error;
	for (size_t i = (size_t)off - 2; i < d->n; i++)
		if (!give_item(v, &o, d, &d->item[i], (off_t)i + 3))
			break;
	return o.at - buf;
}
