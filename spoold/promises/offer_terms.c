/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "facts_look.h"
#include "instant.h"
#include "offer_files.h"
#include "prices.h"

/* Why this one was chosen, of all that could be offered. */
static void add_reasons(struct buf *b, unsigned why)
{
	bool any = false;

	line_raw(b, "for", "[");
	for (unsigned bit = 1; bit <= OFFER_OTHER; bit <<= 1) {
		if (!(why & bit))
			continue;
		buf_addf(b, "%s%s", any ? ", " : "", offer_reason_name(bit));
		any = true;
	}
	buf_addc(b, ']');
}

static void add_resources(struct buf *b, const struct offer_slot *s)
{
	line_int(b, "min-cores", (long long)s->low[PLACE_CORES]);
	line_int(b, "max-cores", (long long)s->amount[PLACE_CORES]);
	if (s->amount[PLACE_MEMORY]) {
		line_size(b, "min-memory", s->low[PLACE_MEMORY]);
		line_size(b, "max-memory", s->amount[PLACE_MEMORY]);
	}
	if (s->amount[PLACE_GPUS])
		line_int(b, "gpus", (long long)s->amount[PLACE_GPUS]);
	if (s->amount[PLACE_DISK])
		line_size(b, "disk", s->amount[PLACE_DISK]);
}

static void add_part(struct buf *b, const struct place *p, const struct compute *c, double share)
{
	struct shape_part part = shape_part_of(c);
	uint64_t cores, memory;

	if (!place_wish_part(p, &part, share, &cores, &memory))
		return;
	buf_adds(b, b->s[b->len - 1] == '[' ? "{" : ", {");
	if (c->name)
		line_text(b, "name", c->name);
	if (c->replicas > 1)
		line_int(b, "replicas", c->replicas);
	line_int(b, "cores", (long long)cores);
	if (memory)
		line_size(b, "memory", memory);
	if (c->gpus)
		line_int(b, "gpus", c->gpus);
	buf_addc(b, '}');
}

/* What each of several gets: the request names them, and what it says of them
 * is what was added up. */
static void add_parts(struct buf *b, const struct place *p, const struct shape *shape, const struct job_state *st,
		      double share)
{
	struct tree t = TREE_INIT;
	struct request r;

	if (shape->parts < 2 && shape->part[0].replicas < 2)
		return;
	if (tree_parse(&t, st->body, st->body_len, NULL, NULL) == 0 && request_read(&t, t.root, &r, NULL) == 0) {
		line_raw(b, "compute", "[");
		for (uint32_t i = 0; i < r.computes; i++)
			add_part(b, p, &r.compute[i], share);
		buf_addc(b, ']');
	}
	tree_free(&t);
}

/* An instant; or, if it starts when it is accepted, an interval. */
static void add_time(struct buf *b, const struct shape *shape, const struct offer_slot *s)
{
	const struct shape_window *w = &shape->window[s->window];

	line_time(b, "start", s->start);
	if (s->latest > s->start) {
		buf_addc(b, '/');
		instant_format(s->latest, b);
	}
	if (w->min)
		line_duration(b, "minduration", w->min);
	if (s->bounded)
		line_duration(b, "maxduration", s->length);
}

static int64_t microseconds(double seconds)
{
	return (int64_t)(seconds * 1000) * 1000;
}

static void add_input(struct buf *b, const struct facts_input *in, const struct site *site)
{
	bool there = !strcmp(in->from, "here") || !strcmp(in->from, "coming");
	char hex[DIGEST_TEXT];

	line_text(b, "dataset", in->dataset);
	if (in->pin) {
		digest_format(in->pin, hex);
		line_text(b, "digest", hex);
	}
	line_text(b, "from", there ? site->name : in->from);
	if (in->bytes)
		line_size(b, "bytes", in->bytes);
	if (in->bytes || in->seconds > 0)
		line_duration(b, "fetching", microseconds(in->seconds));
}

/* How long it takes until the site can start it: where each input comes from. */
static int add_lead(struct hub *h, struct buf *b, const struct offer *o)
{
	struct facts_look l;
	int r = facts_look(h, o->job, h->jobs.job[o->job].shape, o->site, &l, NULL);

	if (r == 0)
		line_duration(b, "pickup", microseconds(l.pickup.high));
	if (r == 0 && l.prepare > 0)
		line_duration(b, "prepare", microseconds(l.prepare));
	if (r == 0 && l.inputs) {
		line_size(b, "held", l.held);
		line_size(b, "to-fetch", l.missing);
		line_duration(b, "fetching", microseconds(l.stage_in));
		line_raw(b, "inputs", "[");
		for (uint32_t i = 0; i < l.inputs; i++) {
			buf_adds(b, i ? ", {" : "{");
			add_input(b, &l.input[i], h->sites.site[o->site]);
			buf_addc(b, '}');
		}
		buf_addc(b, ']');
	}
	facts_look_free(&l);
	return r;
}

void offer_terms(struct hub *h, struct buf *b, const struct offer *o, const struct offer_slot *s,
		 const char *auth, const struct job_state *st)
{
	const struct job *job = &h->jobs.job[o->job];
	const struct shape *shape = &h->shapes.row[job->shape].shape;
	const struct site *site = h->sites.site[o->site];
	char id[UUID_TEXT];

	uuid_format(&job->id, id);
	line_begin(b);
	line_int(b, "offer", o->number);
	line_text(b, "job", id);
	line_int(b, "attempt", job->attempt);
	line_text(b, "site", site->name);
	line_time(b, "time", h->now);
	line_time(b, "expires", o->expires);
	add_reasons(b, s->why);
	add_resources(b, s);
	add_parts(b, &site->time, shape, st, s->share);
	add_time(b, shape, s);
	if (prices_any(&site->prices)) {
		line_raw(b, "price", "");
		number_write(b, s->price);
	}
	line_text(b, "auth", auth);
	if (add_lead(h, b, o) < 0)
		b->failed = true;
}
