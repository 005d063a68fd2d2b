/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stale - a list of what the kernel has in its caches and should not.
 *
 * Noted under the index's lock, sent without it: the kernel may have to wait
 * for a handler that waits for the lock.  For the same reason nothing may be
 * sent from inside a handler.
 *
 * An inode's attributes and pages are dropped by inode.  That alone is not
 * enough: a lookup that was answered before the change may come to rest in the
 * kernel after it, where there was no inode yet to be dropped.  Dropping the
 * name waits for such a lookup, as both hold the directory's lock.
 */
#ifndef SPOOLFS_STALE_H
#define SPOOLFS_STALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuse_session;

struct stale_item {
	uint64_t ino;		/* 0: only the name */
	uint64_t parent;	/* 0: only the inode */
	char *name;		/* owned */
};

struct stale {
	struct stale_item *item;
	size_t n, cap;
	bool lost;		/* no memory to note something: everything is stale */
};

void stale_inode(struct stale *s, uint64_t ino);
void stale_name(struct stale *s, uint64_t parent, const char *name);
void stale_both(struct stale *s, uint64_t ino, uint64_t parent, const char *name);
/* Tell the kernel, and forget the list. */
void stale_send(struct stale *s, struct fuse_session *se);
void stale_free(struct stale *s);

#endif
