/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site.h"

#include "field.h"
#include "site_part.h"

struct amounts {
	uint32_t cores;
	uint64_t memory, disk;
};

static const struct field amount_fields[] = {
	{ "cores", FIELD_COUNT, .offset = offsetof(struct amounts, cores) },
	{ "memory", FIELD_SIZE, .offset = offsetof(struct amounts, memory) },
	{ "disk", FIELD_SIZE, .offset = offsetof(struct amounts, disk) },
	SITE_OTHERS,
	{ NULL }
};


static const struct field gpu_fields[] = {
	{ "type", FIELD_TEXT, .offset = offsetof(struct site_gpu, type), .required = true },
	{ "count", FIELD_COUNT, .offset = offsetof(struct site_gpu, count) },
	{ "memory", FIELD_SIZE, .offset = offsetof(struct site_gpu, memory) },
	SITE_OTHERS,
	{ NULL }
};

static const struct field flavour_fields[] = {
	{ "name", FIELD_NAME, .offset = offsetof(struct site_flavour, name) },
	{ "cores", FIELD_COUNT, .offset = offsetof(struct site_flavour, cores), .required = true, .min = 1 },
	{ "memory", FIELD_SIZE, .offset = offsetof(struct site_flavour, memory), .required = true },
	{ NULL }
};

static const struct field dataset_fields[] = {
	{ "name", FIELD_NAME, .offset = offsetof(struct site_dataset, name), .required = true, .max = 128 },
	{ "bytes", FIELD_SIZE, .offset = offsetof(struct site_dataset, bytes), .required = true },
	{ "digest", FIELD_DIGEST, .offset = offsetof(struct site_dataset, digest), .required = true },
	SITE_OTHERS,
	{ NULL }
};

struct entry {
	struct site_doc doc;
	const struct node *capacity, *free, *gpus, *flavours, *down, *datasets, *prices, *compute;
	struct site_nodes more;
	const struct node *types, *dependencies, *resolved, *groups, *tags, *clearances;
};

#define DOC(field) .offset = offsetof(struct entry, doc.field)
#define MORE(field) .offset = offsetof(struct entry, more.field)

static const struct field fields[] = {
	{ "site", FIELD_NAME, DOC(name), .required = true },
	{ "time", FIELD_INSTANT, DOC(time), .required = true },
	{ "capacity", FIELD_MAP, .offset = offsetof(struct entry, capacity), .required = true },
	{ "free", FIELD_MAP, .offset = offsetof(struct entry, free) },
	{ "gpus", FIELD_SEQ, .offset = offsetof(struct entry, gpus) },
	{ "compute", FIELD_SEQ, .offset = offsetof(struct entry, compute) },
	{ "down", FIELD_SEQ, .offset = offsetof(struct entry, down) },
	{ "flavours", FIELD_SEQ, .offset = offsetof(struct entry, flavours) },
	{ "load", FIELD_REAL, DOC(load) },
	{ "types", FIELD_SEQ, .offset = offsetof(struct entry, types) },
	{ "dependencies", FIELD_SEQ, .offset = offsetof(struct entry, dependencies) },
	{ "resolved", FIELD_SEQ, .offset = offsetof(struct entry, resolved) },
	{ "groups", FIELD_SEQ, .offset = offsetof(struct entry, groups) },
	{ "tags", FIELD_SEQ, .offset = offsetof(struct entry, tags) },
	{ "clearances", FIELD_SEQ, .offset = offsetof(struct entry, clearances) },
	{ "machine", FIELD_MAP, MORE(machine) },
	{ "stores", FIELD_SEQ, MORE(stores) },
	{ "cache", FIELD_MAP, MORE(cache) },
	{ "datasets", FIELD_SEQ, .offset = offsetof(struct entry, datasets) },
	{ "dropped", FIELD_SEQ, MORE(dropped) },
	{ "transfers", FIELD_SEQ, MORE(transfers) },
	{ "pull", FIELD_MAP, MORE(pull) },
	{ "prices", FIELD_NODE, .offset = offsetof(struct entry, prices) },
	{ "answers", FIELD_COUNT, DOC(answers) },
	{ "interval", FIELD_DURATION, DOC(interval) },
	{ "*", FIELD_OTHERS, DOC(other) },
	{ NULL }
};

/* What is not said to be taken is free. */
static int read_amounts(const struct entry *e, struct site_doc *s, struct diag *d)
{
	struct amounts a = { 0 };

	if (field_read(e->capacity, "capacity", amount_fields, &a, d) < 0)
		return -1;
	s->cores = a.cores;
	s->memory = a.memory;
	s->disk = a.disk;
	if (e->free && field_read(e->free, "free", amount_fields, &a, d) < 0)
		return -1;
	s->free_cores = a.cores;
	s->free_memory = a.memory;
	s->free_disk = a.disk;
	return 0;
}

static int read_gpus(struct tree *t, const struct node *v, struct site_doc *s, struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	s->gpu = tree_alloc(t, n * sizeof *s->gpu);
	if (!s->gpu)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at)) {
		struct site_gpu *g = &s->gpu[s->gpus++];

		*g = (struct site_gpu){ NULL, 1, 0 };
		if (field_read(at, "a gpu", gpu_fields, g, d) < 0)
			return -1;
		g->type = request_short_type(g->type);
		if (!*g->type)
			return diag_at(d, at->line, at->col, "gpus: expected a type, or a URI that ends in one");
	}
	return 0;
}

int site_read_flavours(struct tree *t, const struct node *v, struct site_flavour **flavour,
		       uint32_t *flavours, struct diag *d)
{
	uint32_t n = node_entries(v);

	*flavours = 0;
	*flavour = NULL;
	if (!n)
		return 0;
	*flavour = tree_alloc(t, n * sizeof **flavour);
	if (!*flavour)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at)) {
		struct site_flavour *f = &(*flavour)[(*flavours)++];

		*f = (struct site_flavour){ NULL, 0, 0 };
		if (field_read(at, "a flavour", flavour_fields, f, d) < 0)
			return -1;
	}
	return 0;
}

static int read_datasets(struct tree *t, const struct node *v, struct site_doc *s,
			 struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	s->dataset = tree_alloc(t, n * sizeof *s->dataset);
	if (!s->dataset)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at))
		if (field_read(at, "a dataset", dataset_fields, &s->dataset[s->datasets++], d) < 0)
			return -1;
	return 0;
}

static int read_lists(struct tree *t, const struct entry *e, struct site_doc *s, struct diag *d)
{
	const struct {
		const char *key;
		const struct node *v;
		enum field_type type;
		struct text_list *list;
	} lists[] = {
		{ "types", e->types, FIELD_NAME, &s->types },
		{ "dependencies", e->dependencies, FIELD_NAME, &s->dependencies },
		{ "resolved", e->resolved, FIELD_TEXT, &s->resolved },
		{ "groups", e->groups, FIELD_NAME, &s->groups },
		{ "tags", e->tags, FIELD_NAME, &s->tags },
		{ "clearances", e->clearances, FIELD_NAME, &s->clearances },
	};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (text_list_read(t, lists[i].v, lists[i].key, lists[i].type, lists[i].list, d) < 0)
			return -1;
	return 0;
}

int site_read(struct tree *t, const struct node *root, struct site_doc *s, struct diag *d)
{
	struct entry e = { .doc = { .pull_cores = UINT32_MAX, .pull_jobs = UINT32_MAX,
				    .pull_memory = UINT64_MAX, .day = SITE_DAY_FREE,
				    .prices = PRICES_UNSAID } };

	*s = e.doc;
	if (!root)
		return diag_at(d, 1, 1, "nothing is written here; expected what a site says");
	if (field_read(root, "a site", fields, &e, d) < 0)
		return -1;
	*s = e.doc;
	if (s->load < 0) {
		const struct node *n = field_get(root, fields, "load");

		return diag_at(d, n->line, n->col, "load: expected a number that is not negative, "
			       "found \"%.40s\"", n->text);
	}
	if (read_amounts(&e, s, d) < 0 || read_gpus(t, e.gpus, s, d) < 0 ||
	    read_datasets(t, e.datasets, s, d) < 0 || site_read_more(t, &e.more, s, d) < 0 ||
	    site_read_compute(t, e.compute, &s->compute, &s->computes, d) < 0 ||
	    site_read_down(t, e.down, &s->down, &s->downs, d) < 0 ||
	    site_read_flavours(t, e.flavours, &s->flavour, &s->flavours, d) < 0 ||
	    prices_read(e.prices, &s->prices, d) < 0)
		return -1;
	return read_lists(t, &e, s, d);
}
