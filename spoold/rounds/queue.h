/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue - where pending jobs wait.
 *
 * The jobs of one user and one shape wait in one lane, in the order in which
 * they came.  A job belongs to its lane from beginning to end, also while a
 * site has it, so that its way back cannot fail; a lane without jobs is
 * forgotten.  A pending job hangs in its lane, unless it is held (hub.on_hold)
 * or waits for something else than a site (hub.aside).
 *
 * What the planner looks at are lanes that have jobs: so many as there are
 * shapes and users who wait with them, however many jobs.
 */
#ifndef SPOOLD_QUEUE_H
#define SPOOLD_QUEUE_H

#include <stdint.h>

#include "diag.h"
#include "job.h"
#include "lookup.h"

struct hub;

/* The jobs of one user that wait with one shape. */
struct lane {
	uint32_t shape, owner;
	struct job_list queue;		/* in the order in which they came */
	uint32_t next, prev;		/* lanes of this shape that have jobs; next: also the free list */
	uint32_t jobs;			/* that belong here, wherever they are */
};

struct lanes {
	struct lane *lane;
	uint32_t used, cap, free;	/* free: head of the free list */
	struct lookup by_key;		/* of shape and owner */
};

#define NO_LANE UINT32_MAX

/* A new job of a known shape and owner gets its lane.  -1: out of memory. */
int queue_join(struct hub *h, uint32_t job, struct diag *d);
/* It ends or is forgotten; it hangs nowhere any more. */
void queue_leave(struct hub *h, uint32_t job);

/* A pending job goes where its flags say it belongs; front: before the others. */
void queue_put(struct hub *h, uint32_t job, bool front);
/* Out of where it hangs. */
void queue_take(struct hub *h, uint32_t job);

/* Any job of a shape that waits in a lane; NO_JOB: none. */
uint32_t queue_any(const struct hub *h, uint32_t shape);
/* The first of a lane, which has one. */
uint32_t queue_first(const struct hub *h, uint32_t lane);

void lanes_free(struct lanes *t);

#endif
