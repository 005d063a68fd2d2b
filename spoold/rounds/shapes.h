/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shapes - the table of all shapes that jobs have, each with the queue of
 * those that are pending and with every site's verdict, decided once.
 *
 * A shape is named by its row, which is stable as long as a job has it.  One
 * that no job has any more is idle; the last of these are kept, for more may
 * come, and the oldest go.  Who plans walks the busy ones: those with a queue.
 *
 * The hash that a job file records is keyed with run/key, a secret of this
 * spool, so that nobody can make a request that borrows another's verdict.
 */
#ifndef SPOOLD_SHAPES_H
#define SPOOLD_SHAPES_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "lookup.h"
#include "plan/match.h"
#include "plan/shape.h"
#include "request.h"

struct hub;

struct verdict_cell {
	struct match match;
	bool decided, fitted, fits;	/* fitted: start and fits hold for that version of site.time */
	uint32_t version;
	int64_t start;
};

/* One shape with the lanes of the jobs that wait with it. */
struct shape_row {
	uint64_t hash;
	struct shape shape;
	uint32_t jobs;			/* all that have it, wherever they are */
	uint32_t busy_at;		/* place in shapes.busy; NO_SHAPE: none waits */
	uint32_t next, prev;		/* among the idle ones; next: also the free list */
	struct { uint32_t count, first; } queue;	/* jobs; the first lane that has any */
	struct verdict_cell *cell;	/* by site number */
	uint32_t cells;
	uint64_t explained;		/* hash of the words in run/why/; 0: nothing stands there */
	int64_t explained_at;
	bool dirty;			/* its queue or a verdict changed since the last round */
	int64_t wake;			/* instant to look again; INT64_MAX: no need */
	int64_t tried;			/* in this round a job that waits since then found no site */
};

struct shapes {
	struct shape_row *row;		/* [0 .. used), free ones among them */
	uint32_t used, cap, free;
	uint32_t count;			/* without the free ones */
	struct lookup by_hash;
	uint32_t *busy, busies;		/* those with a queue, in no order */
	uint32_t idle_first, idle_last, idles;	/* those without a job, oldest first */
	uint32_t explain_at;		/* the row that why_write() goes on with */
	unsigned char key[16];		/* of the hash; run/key */
};

#define NO_SHAPE UINT32_MAX

int shapes_open(struct hub *h, struct diag *d);
void shapes_free(struct shapes *t);
uint64_t shapes_hash(const struct shapes *t, const char *text, size_t len);
/* NO_SHAPE: not there. */
uint32_t shapes_find(const struct shapes *t, uint64_t hash);
/* Find or add the shape of a request. */
uint32_t shapes_intern(struct hub *h, const struct request *r, struct diag *d);
/* One job more has this shape; one less. */
void shapes_join(struct hub *h, uint32_t shape);
void shapes_part(struct hub *h, uint32_t shape);
/* Its queue is empty no longer; it is empty again. */
void shapes_busy(struct hub *h, uint32_t shape);
void shapes_rest(struct hub *h, uint32_t shape);
/* It is to be looked at again then, if not sooner. */
void shapes_wake(struct shape_row *row, int64_t when);
/* This site's verdict, decided now if it was not.  NULL: out of memory. */
const struct match *shapes_match(struct hub *h, uint32_t shape, uint32_t site);
/* What was decided about this site holds no longer. */
void shapes_forget_site(struct hub *h, uint32_t site);
/* Datasets changed: forget the verdicts of shapes that use one. */
void shapes_forget_data(struct hub *h);

#endif
