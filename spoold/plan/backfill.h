/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backfill - a start for every waiting job, none at the cost of one before it.
 *
 * The jobs come in the order of their priority.  Each is promised the earliest
 * start that it fits at, beside what the timeline holds and the jobs before it
 * (conservative backfill).  So a job gets what it would get if there were none
 * behind it, and small ones fill the gaps that large ones leave.
 *
 * Pure, like the timeline that it fills.
 */
#ifndef PLAN_BACKFILL_H
#define PLAN_BACKFILL_H

#include "timeline.h"

struct backfill_job {
	uint64_t owner;			/* for the timeline's entry */
	uint64_t demand[TIMELINE_KINDS];
	const struct timeline_window *window;
	unsigned windows;
};

struct backfill_start {
	timeline_handle handle;		/* 0: it fits in none of its windows */
	int64_t start;
	unsigned window;
};

/*
 * Fill start[0] to start[jobs - 1], and take them from the timeline as promises
 * of that standing.  -1: out of memory or a demand that cannot be; then none
 * of them is taken.
 */
int backfill_plan(struct timeline *t, const struct backfill_job *job, size_t jobs, uint8_t standing,
		  struct backfill_start *start, struct diag *d);

#endif
