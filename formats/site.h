/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site - what a site says about itself.  docs/spool-site.5, site.schema.yaml.
 *
 *	site: north
 *	time: 2026-11-22T03:00:00.000Z
 *	capacity: {cores: 8, memory: 16GiB, disk: 100GB}
 *	free: {cores: 6, memory: 12GiB, disk: 80GB}
 *	gpus: [{type: AMD-xx, count: 2}]
 *	compute: [{type: kubernetes, kubernetes: {version: 1.25.4}}]
 *	down: [{from: 2026-12-24T00:00Z, to: 2026-12-27T00:00Z, text: power}]
 *	flavours: [{name: m1, cores: 4, memory: 8GiB}]
 *	load: 0.31
 *	types: [process, python-program]
 *	dependencies: [conda]
 *	resolved: ["oci:localhost/sqrt:1"]
 *	groups: [eu]
 *	tags: [fast-disk]
 *	clearances: [clinical]
 *	machine: {busy: 2.5, others: 0.5, queue: 4, ..., measured: INSTANT}
 *	stores: [{name: store-b, url: "s3://store-b/", latency: PT0.02S, ...}]
 *	cache: {generation: 17, size: 100GB, bytes: 6922426, count: 1}
 *	datasets: [{name: words, bytes: 6922426, digest: 3f2a...}]
 *	transfers: [{to: ..., bytes: 1GB, done: 100MB, rate: 10MB, left: PT90S, jobs: [...]}]
 *	pull: {cores: 8, memory: 16GiB, jobs: 100, day: {jobs: 20}}
 *	prices: {core-hour: 0.01}
 *	interval: PT5M
 *
 * `pull` is what the site is willing to hold at once, running and waiting
 * together; the hub assigns no more.  A field left out there is no limit.
 * `pull.day` is what it still takes before `until`, from now on.
 *
 * `cache.generation` grows with each change of `datasets`.  A document with
 * `cache.since` tells only of what came (`datasets`) and went (`dropped`) since
 * that generation, or that nothing did if both are the same: holdings.h.
 *
 * Unlike in all that people write, unknown fields are no errors (but in `prices`
 * and `compute`): the agent may be newer than the hub.
 */
#ifndef FORMATS_SITE_H
#define FORMATS_SITE_H

#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "digest.h"
#include "node.h"
#include "prices.h"
#include "request.h"

/* A size in which cores and memory are given out. */
struct site_flavour { const char *name; uint32_t cores; uint64_t memory; };
/* When it runs nothing. */
struct site_down { int64_t from, to; const char *text; };	/* to 0: until it says otherwise */
/* memory: bytes of each; 0: not said. */
struct site_gpu { const char *type; uint32_t count; uint64_t memory; };

/* A typed compute resource that it can give, with what there is to know of it. */
struct site_compute {
	const char *type;
	const struct node *detail;	/* NODE_MAP; NULL: nothing is said */
};

struct site_dataset {
	const char *name;
	uint64_t bytes;
	struct digest digest;	/* see dataset.h */
};

struct holdings;

/* How the site reaches a store: what it has measured, the newer the weightier. */
struct site_store {
	const char *name;
	const char *url;	/* what lies in it begins so: "s3://store-b/" */
	int64_t  latency, latency_spread;	/* us until the first byte, median; 0: not known */
	uint64_t bandwidth, bandwidth_spread;	/* bytes/s from there, median; 0: not known */
	uint64_t upload;	/* bytes/s to there, median; 0: not known */
	uint32_t samples;	/* that these come from */
	int64_t  measured;	/* instant of the last one; 0: never */
	const char *trouble;	/* why it could not be reached then; NULL: it could */
};

/* Data on its way to the site, or from it, now. */
struct site_transfer {
	const char *what;	/* the dataset, or the storage resource whose output it is */
	const char *from, *to;	/* one of them: the URL, or "hub" */
	uint64_t bytes, done;
	uint64_t rate;		/* bytes/s; 0: not known */
	int64_t  left;		/* us; 0: not known */
	struct text_list jobs;	/* ids of those that wait for it */
};

/* Of the whole machine, whoever uses it. */
struct site_machine {
	double   busy;		/* cores in use */
	double   others;	/* of these, by others than the spool's jobs */
	uint64_t others_memory;	/* bytes in use by these */
	uint32_t queue;		/* processes that run or could */
	double   cpu_pressure, memory_pressure, io_pressure;	/* share of time stalled, 0..1 */
	int64_t  measured;	/* 0: nothing of this is known */
};

/* What the site would still take: from now until `until`, then it begins anew. */
struct site_day {
	uint32_t jobs, cores;	/* UINT32_MAX: no limit, also below */
	uint64_t memory;	/* UINT64_MAX */
	int64_t  walltime;	/* INT64_MAX */
	int64_t  until;		/* 0: none of this was said, no limits */
	int64_t  each;		/* us that one counts that states no walltime; 0: not said */
};
#define SITE_DAY_FREE { UINT32_MAX, UINT32_MAX, UINT64_MAX, INT64_MAX, 0, 0 }

struct site_cache {
	uint64_t generation;	/* 0: not said */
	uint64_t since;		/* 0: `datasets` is all there is */
	uint64_t size, bytes;	/* size 0: no limit but the disk */
	uint32_t count;
};

struct site_doc {
	const char *name;
	int64_t  time;
	uint32_t cores, free_cores;
	uint64_t memory, free_memory;
	uint64_t disk, free_disk;
	double   load;		/* one-minute load average */
	struct site_gpu *gpu;
	uint32_t gpus;
	struct site_compute *compute;
	uint32_t computes;
	struct site_down *down;
	uint32_t downs;
	struct site_flavour *flavour;	/* none: any amount */
	uint32_t flavours;
	struct text_list types, dependencies, resolved, groups, tags, clearances;
	struct site_dataset *dataset;
	uint32_t datasets;
	const struct holdings *held;	/* the same, to be found; NULL: nobody made one */
	uint32_t pull_cores, pull_jobs;		/* UINT32_MAX: no limit */
	uint64_t pull_memory;			/* UINT64_MAX: no limit */
	struct site_day day;			/* no limits, if not said */
	int64_t  opens, closes;	/* when it pulls again, and no more; 0: not said */
	struct site_machine machine;
	struct site_store *store;
	uint32_t stores;
	struct site_cache cache;
	struct digest *dropped;			/* with cache.since only */
	uint32_t drops;
	struct site_transfer *transfer;
	uint32_t transfers;
	uint32_t answers;	/* number of the newest `ask` that this answers; 0: none */
	struct prices prices;	/* what it asks for its use; config.yaml has the last word */
	int64_t  interval;	/* until it expects to sync next; 0: at once (watch) */
	const char *other;	/* a field that is not known here and was not looked at; NULL */
};

/* Lists go into t's arena. */
int site_read(struct tree *t, const struct node *root, struct site_doc *s, struct diag *d);
/* The list `compute` alone, also of other documents; into t's arena. */
int site_read_compute(struct tree *t, const struct node *v, struct site_compute **out, uint32_t *count,
		      struct diag *d);
/* Has it a compute resource of this type that is all that detail asks for?  A
 * version is met by a longer one: 1.25 by 1.25.4.  detail may be NULL. */
bool site_has_compute(const struct site_doc *s, const char *type, const struct node *detail);
/* A list of {from, to, text}; into t's arena. */
int site_read_down(struct tree *t, const struct node *v, struct site_down **down, uint32_t *downs,
		   struct diag *d);
/* A list of {name, cores, memory}; into t's arena. */
int site_read_flavours(struct tree *t, const struct node *v, struct site_flavour **flavour,
		       uint32_t *flavours, struct diag *d);
/* In the fixed key order of above. */
void site_write(struct buf *b, const struct site_doc *s);

/* The store that this address lies in: the one with the longest `url`; NULL: none. */
const struct site_store *site_store(const struct site_doc *s, const char *url);

#endif
