/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gang.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "after.h"
#include "gang_part.h"
#include "gang_sets.h"
#include "instant.h"
#include "io.h"
#include "reserved.h"
#include "shapes.h"
#include "together.h"

/* Transactions that wait with a start of their own on the timelines. */
enum { MOST_PLANS = 16 };

/* --- what it waits for, in run/why/ID -------------------------------------------------------- */

static void explain(struct hub *h, uint32_t g, const char *text, int64_t when)
{
	struct gang *x = &h->gangs.item[g];
	struct buf b = BUF_INIT;
	char name[UUID_TEXT];
	uint64_t hash;

	buf_adds(&b, text);
	if (when) {
		buf_addc(&b, ' ');
		instant_format(when, &b);
	}
	buf_addc(&b, '\n');
	hash = shapes_hash(&h->shapes, b.s, b.len) | 1;
	uuid_format(&x->id, name);
	if (hash != x->explained && io_publish(h->spool.run_why, name, 0644, b.s, b.len, 0, NULL) == 0)
		x->explained = hash;
	buf_free(&b);
}

/* --- one transaction ------------------------------------------------------------------------- */

static void wake_at(struct hub *h, int64_t when)
{
	if (when < h->gangs.wake)
		h->gangs.wake = when;
}

/* Its place in the future, so that it comes. */
static int plan(struct hub *h, uint32_t g, struct crew *c, const struct gang_want *w, struct diag *d)
{
	struct gang *x = &h->gangs.item[g];
	int64_t start = 0;
	int found = gang_place_later(h, w, &c->when, c->site, c->plan, &start, d);

	for (uint32_t i = 0; found > 0 && i < c->n; i++) {
		x->member[c->member[i]].plan = c->plan[i];
		x->member[c->member[i]].plan_site = c->site[i];
	}
	if (found > 0 && start > h->now)
		wake_at(h, start);
	if (found >= 0)
		explain(h, g, found ? "there will be room for all of its jobs, if nothing ends before, at"
				    : "there is no room for all of its jobs", found ? start : 0);
	return found;
}

/* Has its owner enough for all of its jobs, where they are cheapest?  As accounts_pay(). */
static int can_pay(struct hub *h, const struct gang_want *w, struct buf *why)
{
	uint32_t user = accounts_find(h, w->owner);
	double least = accounts_limited(h, user) ? gang_least_price(h, w) : -1;

	return least < 0 ? 1 : accounts_pay(h, user, least, why);
}

/* Where its jobs are to go; as can_pay(). */
static int can_pay_at(struct hub *h, uint32_t owner, const struct crew *c, uint16_t site, struct buf *why)
{
	uint32_t user = accounts_find(h, owner);
	double sum = 0;

	if (!accounts_limited(h, user))
		return 1;
	for (uint32_t i = 0; i < c->n; i++)
		sum += accounts_price(h, c->shape[i], site);
	return accounts_pay(h, user, sum, why);
}

/* Those that name a reservation: all of them into that, at one instant. */
static int look_inside(struct hub *h, uint32_t g, struct crew *c, struct diag *d)
{
	struct gang *x = &h->gangs.item[g];
	struct reserved_answer a;
	enum reserved_verdict v = reserved_look_together(h, c->shape, c->n, x->owner, &c->when, &a, c->length);
	int pay = v < RESERVED_AHEAD ? 1 : can_pay_at(h, x->owner, c, a.site, &a.why), r = 0;

	if (v == RESERVED_NO || (pay < 0 && !h->config.unplaceable_waits)) {
		r = gang_end(h, g, PHASE_FAILED, NULL, a.why.s, d);
	} else if (v == RESERVED_WAIT || pay < 1) {
		explain(h, g, a.why.s, v == RESERVED_WAIT && a.wake < INT64_MAX ? a.wake : 0);
		wake_at(h, v == RESERVED_WAIT ? a.wake : INT64_MAX);
	} else {
		for (uint32_t i = 0; i < c->n; i++)
			c->site[i] = a.site;
		x->start = v == RESERVED_AHEAD ? a.start : 0;
		r = gang_give_all(h, g, c, d);
	}
	buf_free(&a.why);
	return r;
}

/* Why it may not be placed now, whatever the sites have.  false: it may. */
static bool has_to_wait(struct hub *h, uint32_t g, const struct crew *c)
{
	struct buf words = BUF_INIT, why = BUF_INIT;

	if (c->whole && !c->waits)
		return false;
	if (c->waits)
		after_words(h, c->waits - 1, &words);
	if (c->waits)
		buf_addf(&why, "jobs of it wait until others have ended: %s", words.s ? words.s : "");
	else
		buf_adds(&why, "some of its jobs are on hold");
	explain(h, g, why.failed ? "it waits" : why.s, 0);
	buf_free(&words);
	buf_free(&why);
	return true;
}

/* false: it has been ended, as they may not start together; or *r is -1. */
static bool may_start(struct hub *h, uint32_t g, struct crew *c, int *r, struct diag *d)
{
	int found = together_when(h, c->shape, c->n, &c->when, d);

	if (found == TOGETHER_OVER)
		*r = gang_end(h, g, PHASE_EXPIRED, NULL, "the time in which it could have started has passed", d);
	else if (found == TOGETHER_NEVER)
		*r = gang_end(h, g, PHASE_FAILED, NULL, "its jobs may never start at the same time", d);
	else
		*r = found < 0 ? -1 : 0;
	return found == TOGETHER_SOON;
}

/* 1: they have been placed, now; 0: they wait, or have been ended. */
static int place(struct hub *h, uint32_t g, struct crew *c, const struct gang_want *w, int pay, struct buf *why,
		 struct diag *d)
{
	int r = 0;

	if (!h->config.unplaceable_waits && (pay < 0 || (pay > 0 && gang_place_never(h, w, why))))
		r = gang_end(h, g, PHASE_FAILED, NULL, why->s, d);
	else if (pay < 1)
		explain(h, g, why->s, 0);
	else if (c->when.at[0].from > h->now)
		explain(h, g, "it may start at", c->when.at[0].from);
	else
		r = gang_place_now(h, w, c->site, d);
	return r;
}

static int look(struct hub *h, uint32_t g, struct crew *c, uint32_t *plans, struct diag *d)
{
	const struct gang *x = &h->gangs.item[g];
	struct gang_want w = { c->shape, c->n, x->owner, x->same, x->layout, c->shunned };
	struct buf why = BUF_INIT;
	const struct span *first;
	int r, pay;

	if (has_to_wait(h, g, c))
		return 0;
	if (!may_start(h, g, c, &r, d))
		return r;
	first = &c->when.at[0];
	wake_at(h, first->from > h->now ? first->from : first->to < INT64_MAX ? first->to + 1 : INT64_MAX);
	if (c->inside)
		return look_inside(h, g, c, d);
	pay = can_pay(h, &w, &why);
	r = place(h, g, c, &w, pay, &why, d);
	buf_free(&why);
	if (x->end != PHASE_PENDING || r < 0)
		return r;
	if (r > 0)
		return gang_give_all(h, g, c, d);
	if (pay < 1 || (*plans)++ >= MOST_PLANS)
		return 0;
	return plan(h, g, c, &w, d) < 0 ? -1 : 0;
}

static int finish(struct hub *h, uint32_t g, struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	line_begin(&line);
	line_text(&line, "phase", transaction_phase_name(TRANSACTION_ENDED));
	line_time(&line, "time", h->now);
	r = gang_write_phase(h, g, TRANSACTION_ENDED, &line, d);
	buf_free(&line);
	if (r == 0)
		gang_remove(h, g);
	return r;
}

static int step(struct hub *h, uint32_t g, uint32_t *plans, struct diag *d)
{
	const struct gang *x = &h->gangs.item[g];
	struct crew c;
	int r = crew_begin(h, g, &c, d);

	if (r == 0 && x->placed && (r = gang_recall(h, g, &c, d)) > 0) {
		crew_end(&c);
		r = crew_begin(h, g, &c, d);
	}
	if (r == 0 && !c.n)
		r = finish(h, g, d);
	else if (r == 0 && x->end != PHASE_PENDING)
		r = gang_end_members(h, g, &c, d);
	else if (r == 0 && x->placed && !gang_moves(h, g, &c))
		r = gang_give(h, g, &c, d);
	else if (r == 0)
		r = look(h, g, &c, plans, d);
	crew_end(&c);
	return r;
}

/* --- all of them -------------------------------------------------------------------------------- */

static const struct hub *sorting;

static int priority_of(const struct hub *h, const struct gang *x)
{
	int most = INT32_MIN;

	for (uint32_t i = 0; i < x->members; i++) {
		uint32_t j = jobs_find(&h->jobs, &x->member[i].id);
		int p = j == NO_JOB ? INT32_MIN : h->shapes.row[h->jobs.job[j].shape].shape.priority;

		most = p > most ? p : most;
	}
	return most;
}

static int by_turn(const void *a, const void *b)
{
	const struct gang *x = &sorting->gangs.item[*(const uint32_t *)a];
	const struct gang *y = &sorting->gangs.item[*(const uint32_t *)b];
	int p = priority_of(sorting, x), q = priority_of(sorting, y);

	return p != q ? (p > q ? -1 : 1) : uuid_cmp(&x->id, &y->id);
}

void gang_run(struct hub *h, bool all)
{
	uint32_t *order, n = 0, plans = 0;
	struct diag d = DIAG_INIT;

	if (!h->gangs.live || !(all || h->gangs.dirty || h->gangs.wake <= h->now))
		return;
	order = malloc((h->gangs.count + 1) * sizeof *order);
	h->gangs.dirty = !order;
	h->gangs.wake = INT64_MAX;
	for (uint32_t g = 0; order && g < h->gangs.count; g++)
		if (h->gangs.item[g].live && !h->gangs.item[g].fresh) {
			gang_drop_plan(h, g);
			order[n++] = g;
		}
	sorting = h;
	if (order)
		qsort(order, n, sizeof *order, by_turn);
	for (uint32_t i = 0; i < n; i++)
		if (step(h, order[i], &plans, &d) < 0) {
			hub_trouble(h, "placing a transaction", &d);
			h->gangs.dirty = true;
		}
	free(order);
}
