/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "field.h"
#include "request_part.h"

struct resources {
	const struct node *compute, *storage;
};

static const struct field fields[] = {
	{ "compute", FIELD_NODE, .offset = offsetof(struct resources, compute) },
	{ "storage", FIELD_NODE, .offset = offsetof(struct resources, storage) },
	{ NULL }
};

/* Storage first: the volumes of the compute resources name it. */
int request_resources(struct tree *t, const struct node *map, struct request *r, struct diag *d)
{
	struct resources v = { NULL, NULL };

	if (!map || map->kind == NODE_NULL)
		return 0;
	if (field_read(map, "resources", fields, &v, d) < 0 ||
	    request_storage(t, v.storage, r, d) < 0)
		return -1;
	return request_compute(t, v.compute, r, d);
}

static uint64_t add_up_to(uint64_t a, uint64_t b, uint64_t most)
{
	return b > most - a ? most : a + b;
}

static uint64_t times_up_to(uint64_t a, uint32_t n, uint64_t most)
{
	return n && a > most / n ? most : a * n;
}

static void demand_compute(const struct compute *c, struct demand *out)
{
	uint32_t cores = c->min_cores ? c->min_cores : 1;

	out->cores = (uint32_t)add_up_to(out->cores, times_up_to(cores, c->replicas, UINT32_MAX),
					 UINT32_MAX);
	out->gpus = (uint32_t)add_up_to(out->gpus, times_up_to(c->gpus, c->replicas, UINT32_MAX),
					UINT32_MAX);
	out->memory = add_up_to(out->memory, times_up_to(c->min_memory, c->replicas, UINT64_MAX),
				UINT64_MAX);
}

/* What it needs; without that, what it may take at most. */
static int64_t window_duration(const struct window *w)
{
	return w->min_duration ? w->min_duration : w->max_duration;
}

/* A dataset's bytes are the cache's business, not the job's own disk. */
void request_demand(const struct request *r, struct demand *out)
{
	*out = (struct demand){ 0 };
	for (uint32_t i = 0; i < r->computes; i++)
		demand_compute(&r->compute[i], out);
	if (!out->cores)
		out->cores = 1;
	for (uint32_t i = 0; i < r->storages; i++)
		if (strcmp(r->storage[i].type, "dataset"))
			out->disk = add_up_to(out->disk, r->storage[i].size, UINT64_MAX);
	for (uint32_t i = 0; i < r->times; i++)
		if (window_duration(&r->time[i]) > out->walltime)
			out->walltime = window_duration(&r->time[i]);
}
