/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache_index - STATE/cached: what the .yaml of each entry says, so that a pass need
 * not read 100,000 of them again.
 *
 *	boot ID
 *	cache DEVICE INODE MTIME	the directory when it was looked at
 *	DIGEST BYTES USED FINGERPRINT ANY NAME
 *	...
 *
 * As long as the directory's mtime is the same no name in it has come, gone, or been
 * given to another file, so all of it is true, but for later uses (see cache_room.c).
 * With another mtime the names are read, and of each entry its .yaml's mtime tells
 * whether it is as it was.  What was changed in the last second before a look may
 * have the same mtime after a second change, and is not written down; and while there
 * is more in the directory than entries, as something half way, the MTIME is 0.  What
 * an earlier boot wrote counts for nothing: a power cut may have taken what it knew.
 * It is a memory only: without it all is as it would be, later.
 */
#ifndef AGENT_CACHE_INDEX_H
#define AGENT_CACHE_INDEX_H

#include "cache.h"

/* 1: nothing has changed since, all entries are there; 0: they have to be looked at. */
int cache_index_load(struct cache *c, int state);
/* After a scan that began when the directory was so. */
struct stat;
void cache_index_keep(const struct cache *c, int state, const struct stat *before);

#endif
