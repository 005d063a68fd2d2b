/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk - what a disk may hold after a power cut.
 *
 * A recording is the list of all changes that a life made below TOP/disk, in
 * order, with the flushes between them.  From it the state of the disk can be
 * built for a cut before any of them:
 *
 *  - what a flush covers is there: all for syncfs(2), the content for fsync(2)
 *    of a file, the names for fsync(2) of a directory;
 *  - of the rest any part may be missing.  Content and names are kept apart: a
 *    file may be there with old content, a part of the new, or none.
 *
 * DISK_ORDERED: names change in the order of the calls, as file systems with
 * a journal have it, and fsync(2) of anything writes all names so far.
 * DISK_LOOSE: names that have nothing to do with each other may survive in any
 * combination; only rename(2) is still all or nothing.
 *
 * Times and modes are never lost.  What the world outside does, dropping a
 * file, is durable at once.
 */
#ifndef TEST_FAULTS_DISK_H
#define TEST_FAULTS_DISK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "buf.h"
#include "trace.h"

struct disk;			/* a recording */

enum { DISK_HUB = 1, DISK_NORTH = 2, DISK_SOUTH = 4 };	/* together all are DISK_HUB */

enum disk_loss {
	DISK_ALL_LOST,		/* nothing survives that was not flushed */
	DISK_NONE_LOST,
	DISK_ORDERED, DISK_LOOSE,	/* something, at random */
	DISK_LOSSES
};

/* apart: each machine has its own disk. */
struct disk *disk_new(const char *top, bool apart);
void disk_free(struct disk *k);

/* The call is about to be made, and was made: returns true if it changes the
 * disk, and its exit has to be told. */
bool disk_before(struct disk *k, const struct trace_call *c);
void disk_after(struct disk *k, const struct trace_call *c);
/* The outside put this file there. */
void disk_appeared(struct disk *k, const char *path);

long disk_changes(const struct disk *k);
/* "rename spool/... to ..." */
void disk_describe(const struct disk *k, long at, char *out, size_t size);
/* Bytes of TOP/effects when change number `at` was about to be made. */
off_t disk_effects(const struct disk *k, long at);
/* Had the outside put this there by then? */
bool disk_has_appeared(const struct disk *k, long at, const char *path);
/* Does change `at - 1` alter what is durable for certain? */
bool disk_flushed_at(const struct disk *k, long at);

/* Build TOP/disk, which is not there, as it may be after a cut before change
 * `at`.  Only these disks lose anything; how many changes did not survive. */
long disk_build(const struct disk *k, long at, enum disk_loss loss, int disks, uint64_t seed);
/* Call seen for each message that had become visible before change `at` to
 * somebody who may know of it after the cut. */
typedef void disk_seen(void *ctx, const char *path, const char *bytes, size_t n);
void disk_each_message(const struct disk *k, long at, disk_seen *seen, void *ctx);
/* Is the recording complete: does it end in what lies on the disk?  Appends
 * what differs. */
void disk_compare(const struct disk *k, struct buf *out);

#endif
