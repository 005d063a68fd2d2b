/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arrays - many tasks in one request.
 *
 * The array is a job of its own, pending until all its tasks have ended.  It is
 * never given to a site: when its turn comes, its next task is made, an ordinary
 * job with a file of its own, and stands before it in the lane.  So at most one
 * task of an array lies there that no site has had yet; a million tasks cost
 * files only as they are given away.  While as many are made and not ended as
 * `%M` says, the array is out of the queue: never are more than M under way.
 *
 * A task's id follows from the array's id and the task's place, so a task is
 * never made twice: before it is made it is looked for.  What is not made, what
 * has not ended, and what ended badly stand, as ranges of places, in a line of
 * the array's file:
 *
 *	--- {array: 1000, todo: "120-999", live: "100-119", bad: "17", held: "500", under-way: {running: 20},
 *	     time: ..., begun: true}
 *
 * The line is written when the first task runs (`begun`: views show the array as
 * running from there), then now and then (the older the array, the more rarely, so
 * that its file stays short), and always before jobs are archived; it
 * tells only of what is on disk for certain.  What happened since, a start
 * finds by looking at the next places until one is not there.
 */
#ifndef SPOOLD_ARRAYS_H
#define SPOOLD_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "array.h"
#include "buf.h"
#include "diag.h"
#include "jobfile.h"
#include "ranges.h"

struct hub;

struct array_task { uint32_t place, job; };

struct array_run {
	uint32_t job;			/* the array itself; NO_JOB: not used */
	struct array *spec;
	struct ranges todo;		/* places of tasks that are not made yet, or are to be tried again */
	struct ranges held;		/* not made, nor in todo: not to be made before a `release` */
	struct ranges bad;		/* of those that ended, but did not complete */
	struct array_task *live;	/* made, and not ended; by place */
	uint32_t lives, live_cap;
	uint32_t unnoted;		/* made since the file last said how far it is */
	bool changed;			/* something happened since then */
	bool begun;			/* a task runs, or has run */
	bool urgent;			/* ... of which its file does not tell yet */
	int64_t noted;			/* when that was */
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
	int64_t note_at;		/* when a file is to say again how far its array is; 0: at no time */
	struct array_orphan *orphan;
	uint32_t orphans, orphan_cap;
};

/* A new job is an array.  body: of its request, without what stands behind it. */
int arrays_begin(struct hub *h, uint32_t job, const struct array *spec, const struct job_record *r,
		 const char *body, size_t len, struct diag *d);
/* The same for one that is taken up again; its state stands in its file. */
int arrays_recover(struct hub *h, uint32_t job, const struct buf *text, struct diag *d);
/* A task was taken up again, before or after its array. */
int arrays_adopt(struct hub *h, uint32_t job, const struct job_record *r, struct diag *d);
/* At start, when all is taken up: tasks and arrays find each other. */
void arrays_adopt_all(struct hub *h);
/* A job leaves the table in this phase; pending: it was forgotten. */
void arrays_left(struct hub *h, uint32_t job, enum phase phase);

/* A task has another phase, or there is one more or less. */
void arrays_moved(struct hub *h, uint32_t job);

/* Make the next task, pending and before the array.  NO_JOB: *d, or, with
 * d->err 0, there was none left to make. */
uint32_t arrays_next(struct hub *h, uint32_t array, struct diag *d);
/* No more tasks are made; when those that are made have ended it ends like this. */
int arrays_close(struct hub *h, uint32_t array, enum phase as, const char *answer, const char *text,
		 struct diag *d);
/* End what has no task left, and let go on what has room again.  True: something changed. */
bool arrays_tend(struct hub *h);
/* Write down how far arrays are; all: also where little has happened since.
 * Nothing may be unflushed. */
void arrays_note(struct hub *h, bool all);

/* The tasks that have not ended, the last first: begin with *at UINT32_MAX, until
 * NO_JOB.  What was given may end meanwhile. */
uint32_t arrays_before(const struct hub *h, uint32_t array, uint32_t *at);
/* The id of a task of an array, and whether it was made, or never will be.  -1: there is
 * no such index. */
int arrays_task(const struct hub *h, uint32_t array, uint32_t index, struct uuid *id, bool *made);
/* One that is not made shall not be, before a `retry`: it counts as cancelled. */
int arrays_strike(struct hub *h, uint32_t array, uint32_t index, const char *by, const char *reason,
		  struct diag *d);
/* One that is not made shall not be, before a `release`; or may be again.  -1 with d->err 0:
 * it cannot be held, *d says why. */
int arrays_hold(struct hub *h, uint32_t array, uint32_t index, bool on, const char *by, struct diag *d);
/* The whole array is released, and so is each of those. */
int arrays_release(struct hub *h, uint32_t array, struct diag *d);
void arrays_free(struct arrays *a);

#endif
