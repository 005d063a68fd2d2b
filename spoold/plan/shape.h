/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shape - what placement looks at in a request, and nothing else.
 *
 * Jobs whose shapes are equal get equal answers, so a thousand of them are
 * matched against the sites once.  The canonical text of a shape is made of
 * the fields that decide where a job may run, in a fixed order with lists
 * sorted; name, spec, owner and commands are not part of it.
 */
#ifndef PLAN_SHAPE_H
#define PLAN_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "digest.h"
#include "request.h"

struct shape_gpu { const char *type; uint32_t count; };

/* One entry of `compute`, for each of its replicas.  most 0: not stated. */
struct shape_part {
	uint32_t replicas;
	uint32_t cores, most_cores;	/* at least one core */
	uint64_t memory, most_memory;
};

/* One entry of `time`.  Durations: 0 is not stated. */
struct shape_window {
	int64_t earliest, latest;	/* 0, INT64_MAX: any time; equal: just then */
	int64_t min, max;
};

/* An input that is named by its address. */
struct shape_url {
	const char *url;
	uint64_t bytes;			/* as the job says; 0: it does not */
	const struct digest *pin;	/* the version wanted; NULL: what is there */
};

struct shape_compute { const char *type; const struct node *detail; };

struct shape {
	struct tree arena;		/* owns the strings and lists below */
	const char *type;
	struct demand demand;
	int64_t min_duration;		/* 0: not stated */
	struct text_list groups, sites, dependencies, require, prefer, avoid;
	struct text_list datasets;	/* names of the inputs, each once of one version */
	const struct digest **pin;	/* of each of these: the version wanted; NULL: which counts */
	struct text_list software;	/* as sites tell of it in `resolved`: oci:IMAGE, conda:NAME, module:NAME */
	struct text_list addresses;	/* of inputs and outputs that the site itself has to reach */
	struct text_list outputs;	/* of these: where outputs go */
	struct shape_url *url;		/* of these: inputs, sorted, each once */
	uint32_t urls;
	struct shape_compute *compute;	/* typed ones, as they stand in the request */
	uint32_t computes;
	struct text_list storage_types;
	struct shape_gpu *gpu;
	uint32_t gpus;
	struct shape_part *part;	/* sorted; demand is the sum of their minima */
	uint32_t parts;			/* at least 1 */
	const char *sensitivity;	/* NULL: none */
	const char *reservation;	/* to be used; NULL: none */
	struct text_list auths;		/* methods of authentication that would do; none: any */
	bool ask;			/* accept: ask */
	bool live;			/* assess: live */
	int priority;			/* -1000..1000; the higher goes first */
	int64_t not_before, not_after;	/* when it may start; 0, INT64_MAX: any time */
	struct shape_window *window;	/* the same, one by one, in the order of the request */
	uint32_t windows;		/* at least 1 */
};

/* One entry of `compute` as a part. */
struct shape_part shape_part_of(const struct compute *c);
/* Append the canonical text. */
void shape_text(const struct request *r, struct buf *out);
/* A copy that outlives the request's tree.  -1: out of memory. */
int shape_make(const struct request *r, struct shape *s, struct diag *d);
void shape_free(struct shape *s);

#endif
