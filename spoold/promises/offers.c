/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "offer_files.h"
#include "refusal.h"
#include "round_assign.h"
#include "site_table.h"
#include "site_time.h"
#include "transition.h"

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

void offers_close(struct hub *h, uint32_t j, const char *state)
{
	struct offer *o;

	while ((o = offers_first(h, j))) {
		offer_file_move(h, j, o->number, "offered", state);
		offers_drop(h, o);
	}
}

/* --- answering --------------------------------------------------------------------- */

static struct offer *find(struct hub *h, uint32_t j, const char *which)
{
	unsigned long number = which ? strtoul(which, NULL, 10) : 0;

	return number <= OFFER_MOST ? offers_numbered(h, j, (uint32_t)number) : NULL;
}

static int no_offer(struct hub *h, uint32_t j, const char *which, struct diag *d)
{
	if (h->jobs.job[j].phase != PHASE_OFFERED)
		return refuse(d, ESTALE, "the job is %s; it has no open offers",
				phase_name((enum phase)h->jobs.job[j].phase));
	return refuse(d, ESTALE, "there is no open offer \"%.20s\" of this job", which ? which : "");
}

/* As soon as the site can, but as it was held. */
static int64_t start_of(struct hub *h, const struct offer *o)
{
	int64_t soonest = offers_soonest(h, &h->shapes.row[h->jobs.job[o->job].shape].shape, o->site);

	if (soonest > o->latest)
		soonest = o->latest > h->now ? o->latest : h->now;
	return o->start > soonest ? o->start : soonest;
}

/* The job takes what the offer held: in the same breath, so that it fits. */
static int take_over(struct hub *h, struct offer *o, const char *by, struct diag *d)
{
	struct job *job = &h->jobs.job[o->job];
	char why[64];
	int r;

	snprintf(why, sizeof why, "offer %u was accepted by %s", o->number, by);
	job->agreed = true;
	job->start = start_of(h, o);
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
	offers_drop(h, o);
	offers_close(h, j, "rejected");
	return 0;
}

/* What was closed, as the job was to end, and did not. */
static void reopen(struct hub *h, const struct offer *was, unsigned n, const char *state)
{
	for (unsigned i = 0; i < n; i++) {
		struct offer *o = offers_add(h, &was[i]);

		if (!o)
			return;
		offers_take(h, o);
		offer_file_move(h, o->job, o->number, state, "offered");
	}
}

static int end_job(struct hub *h, uint32_t j, enum phase to, const char *state, const char *text,
		   struct diag *d)
{
	struct buf line = BUF_INIT;
	struct offer was[OFFER_MOST];
	unsigned n = 0;
	int r;

	for (const struct offer *o = offers_first(h, j); o && n < OFFER_MOST; o = offers_next(h, o))
		was[n++] = *o;
	offers_close(h, j, state);
	transition_line(h, &line, j, to);
	line_text(&line, "text", text);
	r = transition_make(h, j, to, &line, d);
	buf_free(&line);
	if (r < 0)
		reopen(h, was, n, state);
	return r;
}

/* Has the job another open offer than this one? */
static bool has_other(const struct hub *h, uint32_t j, const struct offer *than)
{
	const struct offer *o = offers_first(h, j);

	return o != than || (o && offers_next(h, o));
}

int offers_reject(struct hub *h, uint32_t j, const char *which, const char *by, struct diag *d)
{
	struct offer *o = which ? find(h, j, which) : NULL;
	struct buf line = BUF_INIT;
	char text[64];
	int r;

	if (h->jobs.job[j].phase != PHASE_OFFERED || (which && !o))
		return no_offer(h, j, which, d);
	if (o && has_other(h, j, o)) {
		/* Said before it is done: what is done twice is done. */
		line_begin(&line);
		line_int(&line, "rejected", o->number);
		line_time(&line, "time", h->now);
		line_text(&line, "by", by);
		r = transition_remark(h, j, &line, d);
		buf_free(&line);
		if (r < 0)
			return -1;
		offer_file_move(h, j, o->number, "offered", "rejected");
		offers_drop(h, o);
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
	struct offer *o = offers_numbered(h, j, number);
	int r;

	if (!o || o->site != site || o->hold != hold)
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
	offers_drop(h, o);
}

int64_t offers_expire(struct hub *h)
{
	struct diag d = DIAG_INIT;
	int64_t next;
	uint32_t j;

	while ((j = offers_due(h, &next)) != NO_JOB)
		if (end_job(h, j, PHASE_EXPIRED, "expired", "nobody accepted an offer in time", &d) < 0) {
			hub_trouble(h, "expiring offers", &d);
			return h->now + SECOND_US;
		}
	return next;
}
