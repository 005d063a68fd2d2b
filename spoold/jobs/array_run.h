/* SPDX-License-Identifier: GPL-2.0-or-later */
/* array_run - the table behind arrays.h. */
#ifndef SPOOLD_ARRAY_RUN_H
#define SPOOLD_ARRAY_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "array.h"
#include "jobfile.h"
#include "ranges.h"

struct array_task { uint32_t place, job; };

struct array_run {
	uint32_t job;			/* the array itself; NO_JOB: not used */
	struct array *spec;
	struct ranges todo;		/* places of tasks that are not made yet, or are to be tried again */
	struct ranges bad;		/* of those that ended, but did not complete */
	struct array_task *live;	/* made, and not ended; by place */
	uint32_t lives, live_cap;
	uint32_t unnoted;		/* made since the file last said how far it is */
	bool due;			/* stands in arrays.due */
	int64_t again;			/* when it was told to try again what had failed; 0: never */
	bool closing;			/* no more tasks are made; it ends as `as` says */
	enum phase as;
	char why[480];
	struct job_record record;
	struct buf body;
};

/* A task that was read before its array. */
struct array_orphan { uint32_t job; struct uuid array; uint32_t index; };

struct arrays {
	struct array_run *run;
	uint32_t used, cap;
	uint32_t *due, dues, due_cap;	/* runs to be looked at */
	bool started;			/* all that there was is taken up */
	uint32_t to_note;		/* runs with much that their files do not say */
	struct array_orphan *orphan;
	uint32_t orphans, orphan_cap;
};

#endif
