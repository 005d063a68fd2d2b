/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * after - jobs that wait until others have ended.
 *
 * `after` names jobs that exist when the request is taken: by id, or by name,
 * which is looked up then and never again.  So a job waits only for jobs with
 * lesser ids, and a cycle cannot be said.  What it waits for stands in its
 * file, by ids:
 *
 *	--- {waits: [{job: ID, when: ok}], time: ...}
 *	--- {waits: [{job: ID, when: ok, array: ID, index: 7}], time: ...}	a task to come
 *	--- {waits: [], time: ...}		all of that has come true
 *
 * From each job that is waited for hang the jobs that wait, so an end costs its
 * own dependents.  A job that waits for what cannot come true any more is
 * cancelled with the reason, and so are those that want it `ok` in turn.
 */
#ifndef SPOOLD_AFTER_H
#define SPOOLD_AFTER_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "lookup.h"
#include "phase.h"
#include "request.h"
#include "uuid.h"

struct hub;

#define NO_EDGE UINT32_MAX

/* One job waits for another. */
struct after_edge {
	uint32_t node, job;
	uint32_t next, prev;		/* of this node; next: also the free list */
	uint32_t other;			/* the next edge of this job */
	uint8_t  when;			/* enum after_when */
};

/* A job that others wait for. */
struct after_node {
	struct uuid id;
	uint32_t first;			/* edge; NO_EDGE: nobody waits for it any more */
	uint32_t next_free;
};

struct after_end { struct uuid id; uint8_t phase; };

struct afters {
	struct after_edge *edge;
	uint32_t edges, edge_cap, free_edge;
	struct after_node *node;
	uint32_t nodes, node_cap, free_node, used_nodes;
	struct lookup by_id;		/* of nodes */
	struct after_end *end;		/* of jobs that others wait for, not looked at yet */
	uint32_t ends, end_cap;
};

struct after_id {
	struct uuid id;
	uint8_t when;
	bool unmade;			/* a task that is not made yet: */
	struct uuid array;
	uint32_t index;
};

/* The ids that a request means.  out: of r->afters places.  -1 with d->err 0:
 * one that does not exist, or is somebody else's. */
int after_resolve(struct hub *h, const struct request *r, uint32_t owner, struct after_id *out, struct diag *d);
/* "[{job: ID, when: ok}]", as in a line `waits`. */
void after_list(const struct after_id *id, uint32_t n, struct buf *list);
/* A new job waits for these: the line is added to its text, and it is out of
 * the queue until they have ended.  -1: out of memory. */
int after_begin(struct hub *h, uint32_t job, const struct after_id *id, uint32_t n, struct buf *text,
		struct diag *d);
/* The same at start, out of a job's file. */
int after_recover(struct hub *h, uint32_t job, const struct buf *text, struct diag *d);
/* A job leaves the table: it waits no more, and whoever waits for it is looked
 * at by the next after_run(). */
void after_left(struct hub *h, uint32_t job);
/* It has reached this phase. */
void after_ended(struct hub *h, const struct uuid *id, enum phase phase);
/* This array ends, with tasks that were not made. */
void after_unmade(struct hub *h, const struct uuid *array);
/* Let go or cancel whom the ends concern.  True: some job changed. */
bool after_run(struct hub *h);
/* "01939... (ok)" for each job that it waits for. */
void after_words(const struct hub *h, uint32_t job, struct buf *out);
void after_free(struct afters *a);

#endif
