/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "instant.h"
#include "line.h"
#include "site_part.h"
#include "size.h"

/* --- members of a flow mapping; what is 0 is left out ---------------------------- */

static void key(struct buf *b, const char *name)
{
	if (b->len && b->s[b->len - 1] != '{')
		buf_adds(b, ", ");
	buf_adds(b, name);
	buf_adds(b, ": ");
}

static void text(struct buf *b, const char *name, const char *v)
{
	if (!v)
		return;
	key(b, name);
	line_scalar(b, v, strlen(v));
}

static void size(struct buf *b, const char *name, uint64_t v)
{
	if (!v)
		return;
	key(b, name);
	size_format(v, b);
}

static void duration(struct buf *b, const char *name, int64_t v)
{
	if (v <= 0)
		return;
	key(b, name);
	duration_format(v, b);
}

static void instant(struct buf *b, const char *name, int64_t v)
{
	if (!v)
		return;
	key(b, name);
	instant_format(v, b);
}

static void count(struct buf *b, const char *name, uint64_t v)
{
	key(b, name);
	buf_addu(b, v);
}

static void real(struct buf *b, const char *name, double v)
{
	key(b, name);
	number_write(b, v);
}

/* --- the parts --------------------------------------------------------------------- */

static bool day_free(const struct site_day *day)
{
	return !day->until ||
	       (day->jobs == UINT32_MAX && day->cores == UINT32_MAX &&
		day->memory == UINT64_MAX && day->walltime == INT64_MAX);
}

static void add_day(struct buf *b, const struct site_day *day)
{
	key(b, "day");
	buf_addc(b, '{');
	if (day->jobs != UINT32_MAX)
		count(b, "jobs", day->jobs);
	if (day->cores != UINT32_MAX)
		count(b, "cores", day->cores);
	if (day->memory != UINT64_MAX) {
		key(b, "memory");
		size_format(day->memory, b);
	}
	if (day->walltime != INT64_MAX) {
		key(b, "walltime");
		duration_format(day->walltime, b);
	}
	key(b, "until");
	instant_format(day->until, b);
	if (day->each) {
		key(b, "each");
		duration_format(day->each, b);
	}
	buf_addc(b, '}');
}

void site_write_pull(struct buf *b, const struct site_doc *s)
{
	size_t before = b->len;

	buf_adds(b, "pull: {");
	if (s->pull_cores != UINT32_MAX)
		count(b, "cores", s->pull_cores);
	if (s->pull_memory != UINT64_MAX) {
		key(b, "memory");
		size_format(s->pull_memory, b);
	}
	if (s->pull_jobs != UINT32_MAX)
		count(b, "jobs", s->pull_jobs);
	if (!day_free(&s->day))
		add_day(b, &s->day);
	instant(b, "opens", s->opens);
	instant(b, "closes", s->closes);
	if (!b->failed && b->s[b->len - 1] == '{') {
		b->len = before;
		b->s[before] = '\0';
		return;
	}
	buf_adds(b, "}\n");
}

void site_write_machine(struct buf *b, const struct site_doc *s)
{
	const struct site_machine *m = &s->machine;

	if (!m->measured)
		return;
	buf_adds(b, "machine: {");
	real(b, "busy", m->busy);
	real(b, "others", m->others);
	size(b, "others-memory", m->others_memory);
	count(b, "queue", m->queue);
	real(b, "cpu-pressure", m->cpu_pressure);
	real(b, "memory-pressure", m->memory_pressure);
	real(b, "io-pressure", m->io_pressure);
	instant(b, "measured", m->measured);
	buf_adds(b, "}\n");
}

void site_write_stores(struct buf *b, const struct site_doc *s)
{
	if (s->stores)
		buf_adds(b, "stores:\n");
	for (uint32_t i = 0; i < s->stores; i++) {
		const struct site_store *one = &s->store[i];

		buf_adds(b, "- {");
		text(b, "name", one->name);
		text(b, "url", one->url);
		duration(b, "latency", one->latency);
		duration(b, "latency-spread", one->latency_spread);
		size(b, "bandwidth", one->bandwidth);
		size(b, "bandwidth-spread", one->bandwidth_spread);
		size(b, "upload", one->upload);
		if (one->samples)
			count(b, "samples", one->samples);
		instant(b, "measured", one->measured);
		text(b, "trouble", one->trouble);
		buf_adds(b, "}\n");
	}
}

void site_write_cache(struct buf *b, const struct site_doc *s)
{
	const struct site_cache *c = &s->cache;

	if (!c->generation)
		return;
	buf_adds(b, "cache: {");
	count(b, "generation", c->generation);
	if (c->since)
		count(b, "since", c->since);
	size(b, "size", c->size);
	size(b, "bytes", c->bytes);
	count(b, "count", c->count);
	buf_adds(b, "}\n");
}

void site_write_dropped(struct buf *b, const struct site_doc *s)
{
	char hex[DIGEST_TEXT];

	if (s->drops)
		buf_adds(b, "dropped:\n");
	for (uint32_t i = 0; i < s->drops; i++) {
		digest_format(&s->dropped[i], hex);
		buf_adds(b, "- ");
		line_scalar(b, hex, DIGEST_LEN);
		buf_addc(b, '\n');
	}
}

void site_write_transfers(struct buf *b, const struct site_doc *s)
{
	if (s->transfers)
		buf_adds(b, "transfers:\n");
	for (uint32_t i = 0; i < s->transfers; i++) {
		const struct site_transfer *one = &s->transfer[i];

		buf_adds(b, "- {");
		text(b, "what", one->what);
		text(b, "from", one->from);
		text(b, "to", one->to);
		size(b, "bytes", one->bytes);
		size(b, "done", one->done);
		size(b, "rate", one->rate);
		duration(b, "left", one->left);
		if (one->jobs.count) {
			key(b, "jobs");
			text_list_write(b, &one->jobs);
		}
		buf_adds(b, "}\n");
	}
}
