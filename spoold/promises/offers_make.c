/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "facts_look.h"
#include "instant.h"
#include "offer_files.h"
#include "offers.h"
#include "plan/auth.h"
#include "plan/offer.h"
#include "site_time.h"
#include "transition.h"

static int64_t milliseconds(double s)
{
	return (int64_t)(s * 1000) * 1000;
}

int64_t offers_lead(struct hub *h, const struct shape *s, uint32_t site)
{
	struct facts_lead l;

	facts_lead(h, s, site, &l);
	return l.staged + l.prepare > 0 ? milliseconds(facts_lead_from(&l, 0)) : 0;
}

int64_t offers_soonest(struct hub *h, const struct shape *s, uint32_t site)
{
	struct facts_lead l;

	facts_lead(h, s, site, &l);
	return h->now + milliseconds(facts_lead_from(&l, 0));
}

/* When it can start there, and when if it is accepted at last. */
static void ready_at(struct hub *h, const struct shape *shape, uint32_t site, int64_t expires,
		     struct offer_site *s)
{
	struct facts_lead l;

	facts_lead(h, shape, site, &l);
	s->ready = h->now + milliseconds(facts_lead_from(&l, 0));
	s->last = h->now + milliseconds(facts_lead_from(&l, (double)(expires - h->now) / SECOND_US));
}

/* Who does not want it now may be asked for later; who wants nothing, not at all. */
static struct offer_site *sites_to_ask(struct hub *h, const struct shape *shape,
				       const struct candidate *c, int64_t expires)
{
	int64_t later = expires > h->now ? expires : h->now + MINUTE_US;
	struct offer_site *s = calloc(h->sites.count + 1, sizeof *s);

	for (uint32_t i = 0; s && i < h->sites.count; i++) {
		const struct site *site = h->sites.site[i];

		s[i].place = &site->time;
		s[i].match = &c[i].match;
		s[i].prices = site->prices;
		s[i].ready = h->now;
		if (c[i].match.may)
			ready_at(h, shape, i, expires, &s[i]);
		s[i].out = !site->doc.pull_jobs || !c[i].later;
		if (!c[i].wants && s[i].ready < later)
			s[i].ready = later;
	}
	return s;
}

int offers_choose(struct hub *h, const struct shape *shape, const struct candidate *c, int64_t expires,
		  struct offer_slot *slot, unsigned most, struct diag *d)
{
	struct offer_ask q = { .shape = shape, .now = h->now, .expires = expires,
			       .length = h->config.length };
	struct offer_site *s = sites_to_ask(h, shape, c, expires);
	int n = s ? offer_choose(&q, s, h->sites.count, slot, most) : -1;

	free(s);
	if (n >= 0)
		return n;
	diag_nomem(d);
	return -1;
}

static int choose(struct hub *h, uint32_t j, const struct candidate *c, int64_t expires,
		  struct offer_slot *slot, unsigned most, struct diag *d)
{
	return offers_choose(h, &h->shapes.row[h->jobs.job[j].shape].shape, c, expires, slot, most, d);
}

static void set_terms(struct offer *o, const struct offer_slot *s, int64_t expires)
{
	o->site = (uint16_t)s->site;
	o->expires = expires;
	o->start = s->start;
	o->latest = s->latest;
	o->until = offer_held_until(s);
	o->length = s->bounded ? s->length : 0;
	o->cores = (uint32_t)s->amount[PLACE_CORES];
	o->memory = s->amount[PLACE_MEMORY];
	o->counts = s->start < expires;
}

/* --- offering --------------------------------------------------------------------------- */

static void list_one(const struct hub *h, struct buf *list, const struct offer *o)
{
	buf_addf(list, "%s{", list->len > 1 ? ", " : "");
	line_int(list, "offer", o->number);
	line_text(list, "site", h->sites.site[o->site]->name);
	line_time(list, "start", o->start);
	line_time(list, "latest", o->latest);
	line_time(list, "until", o->until);
	if (o->length)
		line_duration(list, "length", o->length);
	line_int(list, "cores", o->cores);
	line_size(list, "memory", o->memory);
	buf_addc(list, '}');
}

struct making {
	struct hub *h;
	uint32_t job;
	int64_t expires;
	struct offer offer[OFFER_MOST];
	unsigned count;
	struct buf list;
};

/* Held first, then written: two of one request may be in each other's way. */
static int make_one(struct making *m, const struct offer_slot *s, const char *auth, struct diag *d)
{
	struct offer o = { .job = m->job, .number = (uint8_t)(m->count + 1) };
	struct offer *open;

	set_terms(&o, s, m->expires);
	if (!(open = offers_add(m->h, &o)))
		return diag_nomem(d);
	if (!offers_take(m->h, open)) {
		offers_drop(m->h, open);
		return 0;
	}
	if (offer_file_write(m->h, open, s, auth, d) < 0)
		return -1;
	list_one(m->h, &m->list, open);
	m->count++;
	return 0;
}

static int make_all(struct making *m, const struct offer_slot *slot, int n, struct diag *d)
{
	const struct shape *shape = &m->h->shapes.row[m->h->jobs.job[m->job].shape].shape;
	const char *auth[shape->auths.count + 1];
	uint32_t auths;
	int r = 0;

	auth_accepted(&m->h->config, &shape->auths, auth, &auths);
	/* An offer for each way of saying who asks. */
	for (int i = 0; i < n; i++)
		for (uint32_t k = 0; r == 0 && k < auths && m->count < m->h->config.offers_most; k++)
			r = make_one(m, &slot[i], auth[k], d);
	return r;
}

int offers_make(struct hub *h, uint32_t j, const struct candidate *c, struct diag *d)
{
	struct making m = { .h = h, .job = j, .expires = h->now + h->config.offer_lifetime, .list = BUF_INIT };
	struct offer_slot slot[OFFER_MOST];
	struct buf line = BUF_INIT;
	int n = choose(h, j, c, m.expires, slot, h->config.offers_most, d), r = n < 0 ? -1 : 0;

	buf_addc(&m.list, '[');
	if (r == 0)
		r = make_all(&m, slot, n, d);
	buf_addc(&m.list, ']');
	if (r == 0 && m.count) {
		transition_line(h, &line, j, PHASE_OFFERED);
		line_text(&line, "answer", "YES");
		line_time(&line, "expires", m.expires);
		line_raw(&line, "offers", m.list.s);
		line.failed |= m.list.failed;
		r = transition_make(h, j, PHASE_OFFERED, &line, d);
	}
	if (r < 0)
		offers_close(h, j, NULL);
	buf_free(&line);
	buf_free(&m.list);
	return r < 0 ? -1 : m.count > 0;
}

/* --- taking the best at once ---------------------------------------------------------------- */

int offers_agree(struct hub *h, uint32_t j, const struct candidate *c, uint16_t *site, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	struct offer_slot s;
	int n = choose(h, j, c, h->now, &s, 1, d);

	if (n <= 0)
		return n;
	if (c[s.site].wants && s.start <= offers_soonest(h, &h->shapes.row[job->shape].shape, s.site))
		return 0;
	*site = (uint16_t)s.site;
	job->agreed = true;
	job->start = s.start;
	job->length = s.bounded ? s.length : 0;
	job->cores = (uint32_t)s.amount[PLACE_CORES];
	job->memory = s.amount[PLACE_MEMORY];
	return 1;
}
