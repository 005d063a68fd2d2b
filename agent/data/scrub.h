/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scrub - the cache is read again, a little each hour, so that all of it is read
 * within the period that the settings name (cache.scrub).
 *
 *	CACHE/.DIGEST.checked	empty; its mtime is when the entry was read last, and was
 *				right.  Without it that was when it came
 *	STATE/scrubbed		empty; its mtime is when the last slice was begun
 *	STATE/rotten		"DIGEST NAME" of each that a slice threw away, until the
 *				agent has told of it
 *
 * In a child of the lowest priority.  An entry is due in the last quarter of its
 * period; a slice takes those due, the longest unread first, and no more bytes than
 * it takes to read the whole cache in such a quarter.
 */
#ifndef AGENT_SCRUB_H
#define AGENT_SCRUB_H

#include "agent.h"

struct scrub_item { uint64_t bytes; int64_t checked; uint32_t entry; };	/* us */

/* Which of them, sorted, are to be read now: the first so many.  last: when a slice
 * was begun before this one. */
uint32_t scrub_choose(struct scrub_item *item, uint32_t n, int64_t now, int64_t last,
		      int64_t period);
/* The time between two slices. */
int64_t scrub_interval(int64_t period);

/* Begin a slice, if it is time for one. */
void scrub_start(struct agent *a);
/* This child of ours has ended (and was reaped).  False: it is not a slice. */
bool scrub_ended(struct agent *a, pid_t pid);
/* Tell of what was thrown away since the last time. */
void scrub_tell(struct agent *a);

#endif
