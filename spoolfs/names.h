/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names - inode numbers for the free names: what lies in inbox/, rejected/,
 * jobs/ID/results/ and sites/SITE/cache/.
 *
 * A name is kept as long as the kernel knows its inode.  Nothing is said here
 * about whether there is such a file.  Has its own lock.
 */
#ifndef SPOOLFS_NAMES_H
#define SPOOLFS_NAMES_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct name;

struct names {
	pthread_mutex_t lock;
	struct name *name;	/* name[1] to name[n - 1] were used at some time */
	uint32_t n, cap, free, live;
	uint32_t *bucket, buckets;
	uint64_t seed;
};

bool names_init(struct names *s);
void names_free(struct names *s);

/* The number of this name below parent, looked up once more.  0: no memory. */
uint64_t names_look(struct names *s, uint64_t parent, const char *name);
void names_forget(struct names *s, uint64_t ino, uint64_t times);
/* The name has gone, or belongs to another file now: who comes next gets a new
 * number. */
void names_drop(struct names *s, uint64_t parent, const char *name);
/* The file is called `to` now. */
void names_move(struct names *s, uint64_t parent, const char *from, const char *to);
/*
 * Where it lies: *top is the directory of the layout, path what comes below,
 * with slashes.  False: stale, dropped, or longer than a path may be.
 */
bool names_path(struct names *s, uint64_t ino, uint64_t *top, char path[PATH_MAX]);

#endif
