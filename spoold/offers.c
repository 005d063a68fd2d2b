/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "offer_files.h"
#include "refusal.h"
#include "round.h"
#include "site_table.h"
#include "transition.h"

/* --- the list ------------------------------------------------------------------ */

static struct offer *add(struct hub *h, uint32_t j, uint16_t site, uint8_t number, int64_t expires)
{
	struct offers *o = &h->offers;
	struct offer *more;

	if (o->first && o->first == o->count + o->first)
		o->first = 0;
	if (o->first + o->count == o->cap) {
		more = realloc(o->offer, (o->cap * 2 + 64) * sizeof *more);
		if (!more)
			return NULL;
		o->offer = more;
		o->cap = o->cap * 2 + 64;
	}
	more = &o->offer[o->first + o->count++];
	*more = (struct offer){ .job = j, .site = site, .number = number, .expires = expires };
	site_table_promise(h, site, j, +1);
	return more;
}

/* Its holds are given back; the entry stays until it is the first. */
static void close_offer(struct hub *h, struct offer *o)
{
	site_table_promise(h, o->site, o->job, -1);
	place_give_back(&h->sites.site[o->site]->time, &o->hold);
	h->shapes.row[h->jobs.job[o->job].shape].dirty = true;
	o->job = NO_JOB;
}

/* The next open offer of this job from *at on. */
static struct offer *next_of(struct hub *h, uint32_t j, uint32_t *at)
{
	struct offers *o = &h->offers;

	for (; *at < o->count; ++*at)
		if (o->offer[o->first + *at].job == j)
			return &o->offer[o->first + (*at)++];
	return NULL;
}

static void forget_closed(struct offers *o)
{
	while (o->count && o->offer[o->first].job == NO_JOB) {
		o->first++;
		o->count--;
	}
}

void offers_close(struct hub *h, uint32_t j, const char *state)
{
	struct offer *o;
	uint32_t at = 0;

	while ((o = next_of(h, j, &at))) {
		offer_file_move(h, j, o->number, state);
		close_offer(h, o);
	}
	forget_closed(&h->offers);
}

void offers_free(struct offers *o)
{
	free(o->offer);
	*o = (struct offers){ 0 };
}

/* --- making ---------------------------------------------------------------------- */

struct ranked { uint16_t site; double cost; double fill; };

static int by_cost(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	if (x->fill != y->fill)
		return x->fill < y->fill ? -1 : 1;
	return x->site < y->site ? -1 : x->site > y->site;
}

static uint32_t rank(struct hub *h, const struct candidate *c, struct ranked *out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < h->sites.count; i++)
		if (c[i].match.may && c[i].wants)
			out[n++] = (struct ranked){ (uint16_t)i, choose_cost(&c[i], h->config.bandwidth),
						    c[i].fill };
	qsort(out, n, sizeof *out, by_cost);
	return n < h->config.offers_most ? n : h->config.offers_most;
}

static int offer_all(struct hub *h, uint32_t j, const struct candidate *c, const struct ranked *r,
		     uint32_t n, struct diag *d)
{
	int64_t expires = h->now + h->config.offer_lifetime;
	struct buf line = BUF_INIT, list = BUF_INIT;
	int got = 0;

	buf_addc(&list, '[');
	for (uint32_t i = 0; got == 0 && i < n; i++) {
		got = offer_file_write(h, j, i + 1, r[i].site, &c[r[i].site].match, expires, d);
		buf_addf(&list, "%s{offer: %u, site: %s}", i ? ", " : "", i + 1,
			 h->sites.site[r[i].site]->name);
	}
	buf_addc(&list, ']');
	transition_line(h, &line, j, PHASE_OFFERED);
	line_text(&line, "answer", "YES");
	line_time(&line, "expires", expires);
	line_raw(&line, "offers", list.s);
	if (list.failed)
		line.failed = true;
	if (got == 0)
		got = transition_make(h, j, PHASE_OFFERED, &line, d);
	for (uint32_t i = 0; i < n; i++) {
		if (got == 0 && !add(h, j, r[i].site, (uint8_t)(i + 1), expires))
			got = diag_nomem(d);
		else if (got < 0)
			offer_file_move(h, j, i + 1, NULL);
	}
	buf_free(&line);
	buf_free(&list);
	return got;
}

int offers_make(struct hub *h, uint32_t j, const struct candidate *c, struct diag *d)
{
	struct ranked *r = malloc((h->sites.count + 1) * sizeof *r);
	uint32_t n;
	int got;

	if (!r)
		return diag_nomem(d);
	n = rank(h, c, r);
	got = n ? offer_all(h, j, c, r, n, d) : 0;
	free(r);
	return got < 0 ? -1 : n > 0;
}

/* --- answering --------------------------------------------------------------------- */

static struct offer *find(struct hub *h, uint32_t j, const char *which)
{
	unsigned long number = which ? strtoul(which, NULL, 10) : 0;
	struct offer *o;
	uint32_t at = 0;

	while ((o = next_of(h, j, &at)))
		if (o->number == number)
			return o;
	return NULL;
}

static int no_offer(struct hub *h, uint32_t j, const char *which, struct diag *d)
{
	if (h->jobs.job[j].phase != PHASE_OFFERED)
		return refuse(d, ESTALE, "the job is %s; it has no open offers",
				phase_name((enum phase)h->jobs.job[j].phase));
	return refuse(d, ESTALE, "there is no open offer \"%.20s\" of this job", which ? which : "");
}

int offers_accept(struct hub *h, uint32_t j, const char *which, const char *by, struct diag *d)
{
	struct offer *o = find(h, j, which);
	uint16_t site;
	uint8_t number;
	char why[64];

	if (!o || h->jobs.job[j].phase != PHASE_OFFERED)
		return no_offer(h, j, which, d);
	if (o->expires <= h->now)
		return refuse(d, ESTALE, "offer %u has expired", o->number);
	site = o->site;
	number = o->number;
	snprintf(why, sizeof why, "offer %u was accepted by %s", number, by);
	if (round_assign(h, j, site, why, d) < 0)
		return -1;
	offer_file_move(h, j, number, "accepted");
	close_offer(h, o);
	offers_close(h, j, "rejected");
	return 0;
}

static int end_job(struct hub *h, uint32_t j, enum phase to, const char *state, const char *text,
		   struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	offers_close(h, j, state);
	transition_line(h, &line, j, to);
	line_text(&line, "text", text);
	r = transition_make(h, j, to, &line, d);
	buf_free(&line);
	return r;
}

int offers_reject(struct hub *h, uint32_t j, const char *which, const char *by, struct diag *d)
{
	struct offer *o = which ? find(h, j, which) : NULL;
	uint32_t at = 0;
	char text[64];

	if (h->jobs.job[j].phase != PHASE_OFFERED || (which && !o))
		return no_offer(h, j, which, d);
	if (o) {
		offer_file_move(h, j, o->number, "rejected");
		close_offer(h, o);
		forget_closed(&h->offers);
	}
	if (which && next_of(h, j, &at))
		return 0;
	snprintf(text, sizeof text, "all offers were rejected by %s", by);
	return end_job(h, j, PHASE_CANCELLED, "rejected", text, d);
}

void offers_withdraw(struct hub *h, uint32_t j, uint8_t number, uint16_t site, timeline_handle hold,
		     const char *why)
{
	struct buf line = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct offer *o;
	uint32_t at = 0;

	while ((o = next_of(h, j, &at)))
		if (o->number == number && o->site == site && o->hold == hold)
			break;
	if (!o)
		return;
	o->hold = 0;
	offer_file_move(h, j, number, "expired");
	close_offer(h, o);
	forget_closed(&h->offers);
	at = 0;
	if (next_of(h, j, &at)) {
		line_begin(&line);
		line_int(&line, "withdrawn", number);
		line_time(&line, "time", h->now);
		line_text(&line, "text", why);
		if (transition_remark(h, j, &line, &d) < 0)
			hub_trouble(h, "withdrawing an offer", &d);
	} else {
		transition_line(h, &line, j, PHASE_PENDING);
		line_text(&line, "text", why);
		if (transition_make(h, j, PHASE_PENDING, &line, &d) < 0)
			hub_trouble(h, "withdrawing an offer", &d);
	}
	buf_free(&line);
}

int64_t offers_expire(struct hub *h)
{
	struct diag d = DIAG_INIT;

	forget_closed(&h->offers);
	while (h->offers.count) {
		struct offer *o = &h->offers.offer[h->offers.first];

		if (o->expires > h->now)
			return o->expires;
		if (end_job(h, o->job, PHASE_EXPIRED, "expired", "nobody accepted an offer in time", &d) < 0) {
			hub_trouble(h, "expiring offers", &d);
			return h->now + SECOND_US;
		}
	}
	return INT64_MAX;
}

/* --- starting again ------------------------------------------------------------------ */

static int take_up(struct hub *h, uint32_t j, const struct line *l, struct diag *d)
{
	const struct node *list = node_get(l->map, "offers"), *when = node_get(l->map, "expires");
	int64_t expires;

	if (!list || !when || instant_parse(when->text, when->len, &expires, d) < 0)
		return 0;
	for (const struct node *n = list->child; n; n = n->next) {
		const struct node *number = node_get(n, "offer"), *name = node_get(n, "site");
		uint16_t site = name ? site_table_add(h, name->text, d) : NO_SITE;

		if (!number || site == NO_SITE)
			continue;
		/* One that was rejected by itself has left offers/offered/. */
		if (offer_file_stands(h, j, (uint32_t)atoi(number->text)) &&
		    !add(h, j, site, (uint8_t)atoi(number->text), expires))
			return diag_nomem(d);
	}
	return 0;
}

int offers_recover(struct hub *h, uint32_t j, const struct buf *text, struct diag *d)
{
	struct line_reader r;
	struct line l;
	int got = jobfile_events(&r, text->s, text->len, d);

	while (got == 0 && line_next(&r, &l, NULL) > 0) {
		if (!line_key_equals(&l, "phase", "offered"))
			continue;
		offers_close(h, j, "expired");	/* of an earlier round */
		got = take_up(h, j, &l, d);
	}
	line_close(&r);
	return got;
}
