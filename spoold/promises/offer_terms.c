/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "catalogue.h"
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

static int64_t time_to_fetch(const struct hub *h, uint64_t bytes)
{
	return (int64_t)((double)bytes / (double)h->config.bandwidth * 1e6);
}

static const struct site_dataset *held_at(const struct site_doc *doc, const char *name)
{
	for (uint32_t i = 0; i < doc->datasets; i++)
		if (!strcmp(doc->dataset[i].name, name))
			return &doc->dataset[i];
	return NULL;
}

/* As in match.c: the hub's catalogue says which version counts. */
static bool is_here(const struct site_doc *doc, const char *name, const struct catalogue_entry *e)
{
	const struct site_dataset *here = held_at(doc, name);

	return here && (!e || (e->measured && digest_eq(&e->digest, &here->digest)));
}

/* Where each input comes from, and how long that takes. */
static void add_inputs(struct hub *h, struct buf *b, const struct shape *shape, const struct site *site,
		       const struct match *m)
{
	if (!shape->datasets.count)
		return;
	line_size(b, "held", m->held);
	line_size(b, "to-fetch", m->missing);
	line_duration(b, "fetching", time_to_fetch(h, m->missing));
	line_raw(b, "inputs", "[");
	for (uint32_t i = 0; i < shape->datasets.count; i++) {
		const char *name = shape->datasets.item[i];
		const struct catalogue_entry *e = catalogue_find(&h->catalogue, name);
		bool here = is_here(&site->doc, name, e);

		buf_adds(b, i ? ", {" : "{");
		line_text(b, "dataset", name);
		line_text(b, "from", here ? site->name : "hub");
		if (e && !here) {
			line_size(b, "bytes", e->bytes);
			line_duration(b, "fetching", time_to_fetch(h, e->bytes));
		}
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

void offer_terms(struct hub *h, struct buf *b, const struct offer *o, const struct offer_slot *s,
		 const struct match *m, const char *auth)
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
	add_time(b, shape, s);
	if (prices_any(&site->prices)) {
		line_raw(b, "price", "");
		number_write(b, s->price);
	}
	line_text(b, "auth", auth);
	add_inputs(h, b, shape, site, m);
}
