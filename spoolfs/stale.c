/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stale.h"

#include <stdlib.h>
#include <string.h>

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include "tree.h"

static bool reserve(struct stale *s)
{
	size_t cap = s->cap ? s->cap * 2 : 64;
	struct stale_item *more;

	if (s->n < s->cap)
		return true;
	more = realloc(s->item, cap * sizeof(*more));
	if (!more)
		return false;
	s->item = more;
	s->cap = cap;
	return true;
}

static void note(struct stale *s, uint64_t ino, uint64_t parent, const char *name)
{
	struct stale_item *it;

	if (!reserve(s)) {
		s->lost = true;
		return;
	}
	it = &s->item[s->n];
	*it = (struct stale_item){ ino, parent, name ? strdup(name) : NULL };
	if (name && !it->name)
		s->lost = true;
	else
		s->n++;
}

void stale_inode(struct stale *s, uint64_t ino)
{
	note(s, ino, 0, NULL);
}

void stale_name(struct stale *s, uint64_t parent, const char *name)
{
	note(s, 0, parent, name);
}

void stale_both(struct stale *s, uint64_t ino, uint64_t parent, const char *name)
{
	note(s, ino, parent, name);
}

/* Needs no memory: dropping the name of a directory drops all below it. */
static void send_everything(struct fuse_session *se)
{
	for (const struct tree_name *n = tree_names(TREE_ROOT); n->name; n++)
		fuse_lowlevel_notify_inval_entry(se, TREE_ROOT, n->name, strlen(n->name));
}

/* ENOENT is the ordinary answer: the kernel has forgotten it by itself. */
void stale_send(struct stale *s, struct fuse_session *se)
{
	for (size_t i = 0; i < s->n; i++) {
		struct stale_item *it = &s->item[i];

		if (it->ino)
			fuse_lowlevel_notify_inval_inode(se, it->ino, 0, 0);
		if (it->parent)
			fuse_lowlevel_notify_inval_entry(se, it->parent, it->name, strlen(it->name));
		free(it->name);
	}
	if (s->lost)
		send_everything(se);
	free(s->item);
	*s = (struct stale){ .item = NULL };
}

void stale_free(struct stale *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->item[i].name);
	free(s->item);
	*s = (struct stale){ .item = NULL };
}
