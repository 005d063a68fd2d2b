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
 *	load: 0.31
 *	types: [process, python-program]
 *	dependencies: [conda]
 *	resolved: ["oci:localhost/sqrt:1"]
 *	groups: [eu]
 *	tags: [fast-disk]
 *	clearances: [clinical]
 *	datasets: [{name: words, bytes: 6922426, digest: 3f2a...}]
 *	pull: {cores: 8, memory: 16GiB, jobs: 100}
 *	prices: {core-hour: 0.01}
 *	interval: PT5M
 *
 * `pull` is what the site is willing to hold at once, running and waiting
 * together; the hub assigns no more.  A field left out there is no limit.
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

struct site_gpu { const char *type; uint32_t count; };

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
	struct text_list types, dependencies, resolved, groups, tags, clearances;
	struct site_dataset *dataset;
	uint32_t datasets;
	uint32_t pull_cores, pull_jobs;		/* UINT32_MAX: no limit */
	uint64_t pull_memory;			/* UINT64_MAX: no limit */
	struct prices prices;	/* what it asks for its use; config.yaml has the last word */
	int64_t  interval;	/* until it expects to sync next; 0: at once (watch) */
};

/* Lists go into t's arena. */
int site_read(struct tree *t, const struct node *root, struct site_doc *s, struct diag *d);
/* The list `compute` alone, also of other documents; into t's arena. */
int site_read_compute(struct tree *t, const struct node *v, struct site_compute **out, uint32_t *count,
		      struct diag *d);
/* Has it a compute resource of this type that is all that detail asks for?  A
 * version is met by a longer one: 1.25 by 1.25.4.  detail may be NULL. */
bool site_has_compute(const struct site_doc *s, const char *type, const struct node *detail);
/* In the fixed key order of above. */
void site_write(struct buf *b, const struct site_doc *s);

#endif
