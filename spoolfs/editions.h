/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * editions - the texts of status and why that somebody still has open.
 *
 * Each edition is an inode that never changes (tree.h) while somebody has it open.
 * The index knows the present one only; who has an older one open may still ask
 * for its size, and a wrong one would cut or lengthen what they read.  What was
 * looked up, and is older by the time that it is opened, is as good a name for
 * the present one: a change at the wrong moment is no error.  Has its own lock.
 */
#ifndef SPOOLFS_EDITIONS_H
#define SPOOLFS_EDITIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { EDITION_BUCKETS = 256 };

struct edition {
	struct edition *next;
	uint64_t ino;
	uint32_t opens;
	uint32_t len;
	bool told;		/* len and mtime are what the kernel was told of this inode */
	int64_t mtime;		/* nanoseconds since 1970 */
};

struct editions {
	pthread_mutex_t lock;
	struct edition *bucket[EDITION_BUCKETS];
};

void editions_init(struct editions *s);
void editions_free(struct editions *s);

/* It was opened.  told: what is read is the edition that this inode stands for;
 * else it is newer, for that reader alone, and len and mtime count only as long
 * as nobody has the right one open.  False: no memory. */
bool edition_open(struct editions *s, uint64_t ino, uint32_t len, int64_t mtime, bool told);
void edition_close(struct editions *s, uint64_t ino);
/* False: nobody has it open. */
bool edition_find(struct editions *s, uint64_t ino, struct edition *out);

#endif
