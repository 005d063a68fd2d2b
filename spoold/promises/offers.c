/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "grow.h"
#include "offer_files.h"
#include "refusal.h"
#include "round.h"
#include "site_table.h"
#include "site_time.h"
#include "transition.h"

/* --- the list ------------------------------------------------------------------ */

bool offers_take(struct hub *h, struct offer *o)
{
	struct place *p = &h->sites.site[o->site]->time;
	const struct job *job = &h->jobs.job[o->job];
	struct place_take k = {
		.from = o->start, .to = o->until, .standing = PLACE_OFFERED,
		.owner = site_time_owner(&job->id), .holder = { HOLD_OFFER, o->number, o->job },
	};

	place_wish(p, &h->shapes.row[job->shape].shape, k.amount);
	k.amount[PLACE_CORES] = o->cores;
	k.amount[PLACE_MEMORY] = o->memory;
	return place_take(p, &k, &o->hold, NULL) == 0;
}

struct offer *offers_add(struct hub *h, const struct offer *new)
{
	struct offers *o = &h->offers;
	struct offer *more;

	if (o->first && o->first == o->count + o->first)
		o->first = 0;
	if (!grow(&o->offer, o->first + o->count, &o->cap, sizeof *o->offer))
		return NULL;
	more = &o->offer[o->first + o->count++];
	*more = *new;
	more->hold = 0;
	more->ending = NO_JOB;
	site_table_promise(h, more, +1);
	return more;
}

void offers_hold(struct hub *h)
{
	for (uint32_t i = 0; i < h->offers.count; i++) {
		struct offer *o = &h->offers.offer[h->offers.first + i];

		if (o->job != NO_JOB && !o->hold)
			offers_take(h, o);
	}
}

/* Its holds are given back; the entry stays until it is the first. */
static void close_offer(struct hub *h, struct offer *o)
{
	site_table_promise(h, o, -1);
	place_give_back(&h->sites.site[o->site]->time, &o->hold);
	h->shapes.row[h->jobs.job[o->job].shape].dirty = true;
	o->job = NO_JOB;
}

static void forget_closed(struct offers *o)
{
	while (o->count && o->offer[o->first].job == NO_JOB) {
		o->first++;
		o->count--;
	}
}

void offers_drop(struct hub *h, struct offer *o)
{
	close_offer(h, o);
	forget_closed(&h->offers);
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

static void close_all(struct hub *h, uint32_t j, const char *state)
{
	struct offer *o;
	uint32_t at = 0;

	while ((o = next_of(h, j, &at))) {
		offer_file_move(h, j, o->number, "offered", state);
		close_offer(h, o);
	}
}

void offers_close(struct hub *h, uint32_t j, const char *state)
{
	close_all(h, j, state);
	forget_closed(&h->offers);
}

void offers_free(struct offers *o)
{
	free(o->offer);
	*o = (struct offers){ 0 };
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

/* The job takes what the offer held: in the same breath, so that it fits. */
static int take_over(struct hub *h, struct offer *o, const char *by, struct diag *d)
{
	struct job *job = &h->jobs.job[o->job];
	char why[64];
	int r;

	snprintf(why, sizeof why, "offer %u was accepted by %s", o->number, by);
	job->agreed = true;
	job->start = o->start > h->now ? o->start : h->now;
	job->length = o->length;
	job->cores = o->cores;
	job->memory = o->memory;
	place_give_back(&h->sites.site[o->site]->time, &o->hold);
	r = round_assign(h, o->job, o->site, why, d);
	if (r < 0)
		offers_take(h, o);
	return r;
}

/* Other jobs may have been paid for since it was made. */
static int pay(struct hub *h, const struct offer *o, struct diag *d)
{
	const struct job *job = &h->jobs.job[o->job];
	struct demand given = accounts_given(h, job->shape, o->cores, o->memory);
	double price = accounts_price_given(h, &given, o->site);
	struct buf why = BUF_INIT;
	int r = 0;

	if (accounts_pay(h, accounts_find(h, job->owner), price, &why) < 1)
		r = refuse(d, EDQUOT, "offer %u: %s", o->number, why.s);
	buf_free(&why);
	return r;
}

int offers_accept(struct hub *h, uint32_t j, const char *which, const char *by, struct diag *d)
{
	struct offer *o = find(h, j, which);
	uint8_t number;

	if (!o || h->jobs.job[j].phase != PHASE_OFFERED)
		return no_offer(h, j, which, d);
	if (o->expires <= h->now)
		return refuse(d, ESTALE, "offer %u has expired", o->number);
	if (o->latest < h->now)
		return refuse(d, ESTALE, "the time in which offer %u may start has passed", o->number);
	if (pay(h, o, d) < 0)
		return -1;
	/* After a crash the job's line tells; without it the file comes back. */
	number = o->number;
	offer_file_move(h, j, number, "offered", "accepted");
	if (take_over(h, o, by, d) < 0) {
		offer_file_move(h, j, number, "accepted", "offered");
		return -1;
	}
	close_offer(h, o);
	offers_close(h, j, "rejected");
	return 0;
}

/* Close them all, to be opened again if the job cannot end. */
static void close_for_now(struct hub *h, uint32_t j, const char *state)
{
	struct offer *o;
	uint32_t at = 0;

	while ((o = next_of(h, j, &at)))
		o->ending = j;
	close_all(h, j, state);
}

static void close_or_reopen(struct hub *h, uint32_t j, const char *state, bool reopen)
{
	for (uint32_t i = 0; i < h->offers.count; i++) {
		struct offer *o = &h->offers.offer[h->offers.first + i];

		if (o->ending != j)
			continue;
		o->ending = NO_JOB;
		if (!reopen)
			continue;
		o->job = j;
		site_table_promise(h, o, +1);
		offers_take(h, o);
		offer_file_move(h, j, o->number, state, "offered");
	}
	forget_closed(&h->offers);
}

static int end_job(struct hub *h, uint32_t j, enum phase to, const char *state, const char *text,
		   struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	close_for_now(h, j, state);
	transition_line(h, &line, j, to);
	line_text(&line, "text", text);
	r = transition_make(h, j, to, &line, d);
	buf_free(&line);
	close_or_reopen(h, j, state, r < 0);
	return r;
}

/* Has the job another open offer than this one? */
static bool has_other(struct hub *h, uint32_t j, const struct offer *than)
{
	const struct offer *o;
	uint32_t at = 0;

	while ((o = next_of(h, j, &at)) == than && o)
		;
	return o != NULL;
}

int offers_reject(struct hub *h, uint32_t j, const char *which, const char *by, struct diag *d)
{
	struct offer *o = which ? find(h, j, which) : NULL;
	char text[64];

	if (h->jobs.job[j].phase != PHASE_OFFERED || (which && !o))
		return no_offer(h, j, which, d);
	if (o && has_other(h, j, o)) {
		offer_file_move(h, j, o->number, "offered", "rejected");
		close_offer(h, o);
		forget_closed(&h->offers);
		return 0;
	}
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
	int r;

	while ((o = next_of(h, j, &at)))
		if (o->number == number && o->site == site && o->hold == hold)
			break;
	if (!o)
		return;
	o->hold = 0;
	if (has_other(h, j, o)) {
		line_begin(&line);
		line_int(&line, "withdrawn", number);
		line_time(&line, "time", h->now);
		line_text(&line, "text", why);
		r = transition_remark(h, j, &line, &d);
	} else {
		transition_line(h, &line, j, PHASE_PENDING);
		line_text(&line, "text", why);
		r = transition_make(h, j, PHASE_PENDING, &line, &d);
	}
	buf_free(&line);
	/* Else it stands until its time is over. */
	if (r < 0) {
		hub_trouble(h, "withdrawing an offer", &d);
		return;
	}
	offer_file_move(h, j, number, "offered", "expired");
	close_offer(h, o);
	forget_closed(&h->offers);
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
