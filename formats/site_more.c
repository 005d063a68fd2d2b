/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <string.h>

#include "field.h"
#include "site_part.h"

/* --- pull ------------------------------------------------------------------------ */

static const struct field day_fields[] = {
	{ "jobs", FIELD_COUNT, offsetof(struct site_day, jobs) },
	{ "cores", FIELD_COUNT, offsetof(struct site_day, cores) },
	{ "memory", FIELD_SIZE, offsetof(struct site_day, memory) },
	{ "walltime", FIELD_DURATION, offsetof(struct site_day, walltime) },
	{ "until", FIELD_INSTANT, offsetof(struct site_day, until), .required = true },
	{ "each", FIELD_DURATION, offsetof(struct site_day, each) },
	SITE_OTHERS,
	{ .name = NULL }
};

struct pull {
	uint32_t cores, jobs;
	uint64_t memory;
	const struct node *day;
	int64_t opens, closes;
};

static const struct field pull_fields[] = {
	{ "cores", FIELD_COUNT, offsetof(struct pull, cores) },
	{ "memory", FIELD_SIZE, offsetof(struct pull, memory) },
	{ "jobs", FIELD_COUNT, offsetof(struct pull, jobs) },
	{ "day", FIELD_MAP, offsetof(struct pull, day) },
	{ "opens", FIELD_INSTANT, offsetof(struct pull, opens) },
	{ "closes", FIELD_INSTANT, offsetof(struct pull, closes) },
	SITE_OTHERS,
	{ .name = NULL }
};

static int read_pull(const struct node *v, struct site_doc *s, struct diag *d)
{
	struct pull p = { UINT32_MAX, UINT32_MAX, UINT64_MAX, NULL, 0, 0 };

	if (v && field_read(v, "pull", pull_fields, &p, d) < 0)
		return -1;
	s->pull_cores = p.cores;
	s->pull_jobs = p.jobs;
	s->pull_memory = p.memory;
	s->opens = p.opens;
	s->closes = p.closes;
	return p.day ? field_read(p.day, "day", day_fields, &s->day, d) : 0;
}

/* --- machine ----------------------------------------------------------------------- */

static const struct field machine_fields[] = {
	{ "busy", FIELD_REAL, offsetof(struct site_machine, busy) },
	{ "others", FIELD_REAL, offsetof(struct site_machine, others) },
	{ "others-memory", FIELD_SIZE, offsetof(struct site_machine, others_memory) },
	{ "queue", FIELD_COUNT, offsetof(struct site_machine, queue) },
	{ "cpu-pressure", FIELD_REAL, offsetof(struct site_machine, cpu_pressure) },
	{ "memory-pressure", FIELD_REAL, offsetof(struct site_machine, memory_pressure) },
	{ "io-pressure", FIELD_REAL, offsetof(struct site_machine, io_pressure) },
	{ "measured", FIELD_INSTANT, offsetof(struct site_machine, measured), .required = true },
	SITE_OTHERS,
	{ .name = NULL }
};

static int read_machine(const struct node *v, struct site_doc *s, struct diag *d)
{
	if (!v)
		return 0;
	if (field_read(v, "machine", machine_fields, &s->machine, d) < 0)
		return -1;
	for (const struct field *f = machine_fields; f->name; f++) {
		const struct node *n = f->type == FIELD_REAL ? field_get(v, machine_fields, f->name)
							     : NULL;
		bool share = strstr(f->name, "pressure");
		double is;

		if (!n)
			continue;
		memcpy(&is, (const char *)&s->machine + f->offset, sizeof is);
		if (is < 0 || (share && is > 1))
			return diag_at(d, n->line, n->col, "%s: expected a number that is %s, found "
				       "\"%.40s\"", f->name, share ? "from 0 to 1" : "not negative",
				       n->text);
	}
	return 0;
}

/* --- stores -------------------------------------------------------------------------- */

static const struct field store_fields[] = {
	{ "name", FIELD_NAME, offsetof(struct site_store, name), .required = true },
	{ "url", FIELD_TEXT, offsetof(struct site_store, url), .required = true, .max = 2000 },
	{ "latency", FIELD_DURATION, offsetof(struct site_store, latency) },
	{ "latency-spread", FIELD_DURATION, offsetof(struct site_store, latency_spread) },
	{ "bandwidth", FIELD_SIZE, offsetof(struct site_store, bandwidth) },
	{ "bandwidth-spread", FIELD_SIZE, offsetof(struct site_store, bandwidth_spread) },
	{ "upload", FIELD_SIZE, offsetof(struct site_store, upload) },
	{ "samples", FIELD_COUNT, offsetof(struct site_store, samples) },
	{ "measured", FIELD_INSTANT, offsetof(struct site_store, measured) },
	{ "trouble", FIELD_TEXT, offsetof(struct site_store, trouble) },
	SITE_OTHERS,
	{ .name = NULL }
};

static int read_stores(struct tree *t, const struct node *v, struct site_doc *s, struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	s->store = tree_alloc(t, n * sizeof *s->store);
	if (!s->store)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at)) {
		struct site_store *one = &s->store[s->stores++];

		*one = (struct site_store){ .name = NULL };
		if (field_read(at, "a store", store_fields, one, d) < 0)
			return -1;
	}
	return 0;
}

const struct site_store *site_store(const struct site_doc *s, const char *url)
{
	const struct site_store *best = NULL;
	size_t longest = 0;

	for (uint32_t i = 0; i < s->stores; i++) {
		size_t n = strlen(s->store[i].url);

		if (n > longest && !strncmp(url, s->store[i].url, n)) {
			best = &s->store[i];
			longest = n;
		}
	}
	return best;
}

/* --- transfers -------------------------------------------------------------------------- */

struct transfer_entry {
	struct site_transfer t;
	const struct node *jobs;
};

#define T(field) offsetof(struct transfer_entry, t.field)

static const struct field transfer_fields[] = {
	{ "what", FIELD_NAME, T(what), .required = true, .max = 128 },
	{ "from", FIELD_TEXT, T(from), .max = 2000 },
	{ "to", FIELD_TEXT, T(to), .max = 2000 },
	{ "bytes", FIELD_SIZE, T(bytes) },
	{ "done", FIELD_SIZE, T(done) },
	{ "rate", FIELD_SIZE, T(rate) },
	{ "left", FIELD_DURATION, T(left) },
	{ "jobs", FIELD_SEQ, offsetof(struct transfer_entry, jobs) },
	SITE_OTHERS,
	{ .name = NULL }
};

static int read_transfers(struct tree *t, const struct node *v, struct site_doc *s,
			  struct diag *d)
{
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	s->transfer = tree_alloc(t, n * sizeof *s->transfer);
	if (!s->transfer)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at)) {
		struct transfer_entry e = { .jobs = NULL };

		if (field_read(at, "a transfer", transfer_fields, &e, d) < 0)
			return -1;
		if (!e.t.from == !e.t.to)
			return diag_at(d, at->line, at->col, "a transfer: expected either from or to");
		if (text_list_read(t, e.jobs, "jobs", FIELD_NAME, &e.t.jobs, d) < 0)
			return -1;
		s->transfer[s->transfers++] = e.t;
	}
	return 0;
}

/* --- cache --------------------------------------------------------------------------------- */

struct cache {
	int64_t generation, since;
	uint64_t size, bytes;
	uint32_t count;
};

static const struct field cache_fields[] = {
	{ "generation", FIELD_INT, offsetof(struct cache, generation), .required = true },
	{ "since", FIELD_INT, offsetof(struct cache, since) },
	{ "size", FIELD_SIZE, offsetof(struct cache, size) },
	{ "bytes", FIELD_SIZE, offsetof(struct cache, bytes) },
	{ "count", FIELD_COUNT, offsetof(struct cache, count) },
	SITE_OTHERS,
	{ .name = NULL }
};

static int read_cache(const struct node *v, struct site_doc *s, struct diag *d)
{
	struct cache c = { 0 };

	if (!v)
		return 0;
	if (field_read(v, "cache", cache_fields, &c, d) < 0)
		return -1;
	if (c.generation < 1 || c.since < 0 || c.since > c.generation)
		return diag_at(d, v->line, v->col, "cache: expected a generation above 0, and not "
			       "below that of since");
	s->cache = (struct site_cache){ (uint64_t)c.generation, (uint64_t)c.since, c.size, c.bytes,
					c.count };
	return 0;
}

static int read_dropped(struct tree *t, const struct node *v, struct site_doc *s, struct diag *d)
{
	static const struct field one = { "dropped", FIELD_DIGEST };
	uint32_t n = node_entries(v);

	if (!n)
		return 0;
	if (!s->cache.since)
		return diag_at(d, v->line, v->col, "dropped: only with since in cache");
	s->dropped = tree_alloc(t, n * sizeof *s->dropped);
	if (!s->dropped)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at))
		if (field_value(at, "dropped", &one, &s->dropped[s->drops++], d) < 0)
			return -1;
	return 0;
}

int site_read_more(struct tree *t, const struct site_nodes *n, struct site_doc *s,
		   struct diag *d)
{
	if (read_machine(n->machine, s, d) < 0 || read_stores(t, n->stores, s, d) < 0 ||
	    read_cache(n->cache, s, d) < 0 || read_dropped(t, n->dropped, s, d) < 0 ||
	    read_transfers(t, n->transfers, s, d) < 0)
		return -1;
	return read_pull(n->pull, s, d);
}
