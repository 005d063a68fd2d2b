/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A transaction that somebody only asks about.
 *
 *	YES
 *	  all of its jobs, together
 *	  price, where they are cheapest: 3
 *	  together from INSTANT		by the spoold that serves: it knows what is promised
 *	  server: YES: at north, price 2
 *	  worker: YES: at north, price 1
 *
 * Each job has its line: where it would be, or which sites could have it, or why
 * none can.  Nothing stays taken.
 */
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "check.h"
#include "gang_part.h"
#include "gang_sets.h"
#include "instant.h"
#include "prices.h"
#include "reserved.h"
#include "shapes.h"
#include "site_table.h"
#include "together.h"
#include "why.h"

enum { MOST_NAMED = 10 };	/* sites of one job */

struct ask {
	struct hub *h;
	const struct transaction *x;
	struct gang_want w;
	uint32_t *shape;
	uint16_t *site;			/* of each, if `placed` */
	bool placed;
	int64_t start;
	struct spans when;		/* all may start */
	bool inside;			/* in a reservation */
};

/* --- each of its jobs --------------------------------------------------------------- */

static void say_price(struct ask *a, uint32_t i, uint16_t site, struct buf *out)
{
	double price = accounts_price(a->h, a->shape[i], site);

	if (price <= 0)
		return;
	buf_adds(out, " (price ");
	number_write(out, price);
	buf_addc(out, ')');
}

static void say_sites(struct ask *a, uint32_t i, struct buf *out)
{
	struct buf reasons = BUF_INIT;
	uint32_t n = 0;

	for (uint32_t s = 0; s < a->h->sites.count; s++) {
		const struct match *m = a->h->sites.site[s]->known ? shapes_match(a->h, a->shape[i], (uint16_t)s) : NULL;

		if (!m || !m->may || n++ >= MOST_NAMED)
			continue;
		buf_addf(out, "%s%s", n > 1 ? ", " : "YES: ", a->h->sites.site[s]->name);
		say_price(a, i, (uint16_t)s, out);
	}
	if (n > MOST_NAMED)
		buf_addf(out, ", and %u more", n - MOST_NAMED);
	if (n)
		return;
	why_reasons(a->h, a->shape[i], &reasons);
	buf_addf(out, "NO: %s", reasons.s);
	buf_free(&reasons);
}

static void say_jobs(struct ask *a, struct buf *out)
{
	for (uint32_t i = 0; i < a->w.n; i++) {
		const char *name = a->x->job[i].request.name;

		if (name)
			buf_addf(out, "  %s: ", name);
		else
			buf_addf(out, "  job %u: ", i + 1);
		if (a->placed) {
			buf_addf(out, "YES: at %s", a->h->sites.site[a->site[i]]->name);
			say_price(a, i, a->site[i], out);
		} else {
			say_sites(a, i, out);
		}
		buf_addc(out, '\n');
	}
}

/* --- all of them ----------------------------------------------------------------------- */

/* Where they would be and from when, as things are; only who serves the spool knows. */
static int look(struct ask *a, struct diag *d)
{
	struct hub *h = a->h;
	timeline_handle *plan;
	int found = 0;

	if (h->spool.lock < 0)
		return 0;
	a->start = a->when.at[0].from;
	if (a->start == h->now)
		found = gang_place_now(h, &a->w, a->site, d);
	if (found == 0) {
		plan = calloc(a->w.n + 1, sizeof *plan);
		found = plan ? gang_place_later(h, &a->w, &a->when, a->site, plan, &a->start, d) : diag_nomem(d);
		for (uint32_t i = 0; found > 0 && i < a->w.n; i++)
			place_give_back(&h->sites.site[a->site[i]]->time, &plan[i]);
		free(plan);
	}
	a->placed = found > 0;
	return found < 0 ? -1 : 0;
}

/* What it costs, and whether that can be paid for.  As accounts_pay(). */
static int check_price(struct hub *h, const struct gang_want *w, struct buf *price, struct buf *why)
{
	double least = gang_least_price(h, w);

	if (least > 0) {
		buf_adds(price, "  price, where they are cheapest: ");
		number_write(price, least);
		buf_addc(price, '\n');
	}
	return least < 0 ? 1 : accounts_pay(h, accounts_find(h, w->owner), least, why);
}

static int say_no(const char *why, int got, struct buf *out)
{
	buf_addf(out, "NO\n  %s\n", why);
	return got;
}

/* Inside a reservation they all go to its site. */
static int answer_inside(struct ask *a, struct buf *out, struct diag *d)
{
	struct hub *h = a->h;
	int64_t *length = calloc(a->w.n + 1, sizeof *length);
	struct reserved_answer r = { .why = BUF_INIT };
	enum reserved_verdict v;
	int got = CHECK_YES;

	if (!length) {
		diag_nomem(d);
		return CHECK_INVALID;
	}
	v = reserved_look_together(h, a->shape, a->w.n, a->w.owner, &a->when, &r, length);
	if (v == RESERVED_NO) {
		got = say_no(r.why.s, check_no(r.err), out);
	} else if (v == RESERVED_WAIT) {
		buf_addf(out, "YES\n  all of its jobs, together\n  %s", r.why.s);
		if (r.wake != INT64_MAX) {
			buf_addc(out, ' ');
			instant_format(r.wake, out);
		}
		buf_addc(out, '\n');
	} else {
		buf_adds(out, "YES\n  all of its jobs, together\n  together from ");
		instant_format(v == RESERVED_AHEAD ? r.start : h->now, out);
		buf_addc(out, '\n');
		for (uint32_t i = 0; i < a->w.n; i++)
			a->site[i] = r.site;
		a->placed = true;
	}
	buf_free(&r.why);
	free(length);
	return got;
}

/* Each of those that nobody can have, for want of permission alone. */
static bool is_denied(struct ask *a)
{
	bool any = false;

	for (uint32_t i = 0; i < a->w.n; i++) {
		bool may = false, denied = false;

		for (uint32_t s = 0; s < a->h->sites.count; s++) {
			const struct match *m = a->h->sites.site[s]->known ?
						shapes_match(a->h, a->shape[i], (uint16_t)s) : NULL;

			may |= m && m->may;
			denied |= m && m->denied;
		}
		if (!may && !denied)
			return false;
		any |= !may;
	}
	return any;
}

static int answer_all(struct ask *a, struct buf *out, struct diag *d)
{
	struct buf why = BUF_INIT, price = BUF_INIT;
	bool never = gang_place_never(a->h, &a->w, &why);
	int pay = never ? 1 : check_price(a->h, &a->w, &price, &why), got = CHECK_YES;

	if (never || pay < 0) {
		say_no(why.s, got = pay < 0 ? CHECK_DEAR : is_denied(a) ? CHECK_FORBIDDEN : CHECK_NO, out);
	} else if (pay > 0 && look(a, d) < 0) {
		got = CHECK_INVALID;
	} else {
		buf_addf(out, "YES\n  all of its jobs, together\n%s", price.len ? price.s : "");
		if (pay == 0)
			buf_addf(out, "  %s\n", why.s);
		if (a->placed) {
			buf_adds(out, "  together from ");
			instant_format(a->start, out);
			buf_addc(out, '\n');
		}
	}
	buf_free(&price);
	buf_free(&why);
	return got;
}

static bool any_known(const struct hub *h)
{
	for (uint32_t s = 0; s < h->sites.count; s++)
		if (h->sites.site[s]->known)
			return true;
	return false;
}

static int answer(struct ask *a, struct buf *out, struct diag *d)
{
	int got = together_when(a->h, a->shape, a->w.n, &a->when, d);

	if (got < 0)
		return CHECK_INVALID;
	if (got == TOGETHER_OVER)
		return say_no("the time in which it could have started has passed", CHECK_STALE, out);
	if (got == TOGETHER_NEVER)
		return say_no("its jobs may never start at the same time", CHECK_NO, out);
	if (!any_known(a->h))
		return say_no("no site has told about itself yet", CHECK_NO, out);
	got = a->inside ? answer_inside(a, out, d) : answer_all(a, out, d);
	if (got != CHECK_INVALID && !a->inside)
		say_jobs(a, out);
	else if (got == CHECK_YES && a->placed)
		say_jobs(a, out);
	return got;
}

static int join(struct ask *a, uint32_t i, struct diag *d)
{
	a->shape[i] = shapes_intern(a->h, &a->x->job[i].request, d);
	if (a->shape[i] == NO_SHAPE)
		return CHECK_INVALID;
	shapes_join(a->h, a->shape[i]);
	a->inside = a->h->shapes.row[a->shape[i]].shape.reservation;
	return CHECK_YES;
}

int gang_check(struct hub *h, const struct transaction *x, uid_t uid, struct buf *out, struct diag *d)
{
	struct ask a = { .h = h, .x = x, .shape = calloc(x->jobs + 1, sizeof *a.shape),
			 .site = calloc(x->jobs + 1, sizeof *a.site) };
	uint32_t known = 0;
	int got = CHECK_YES;

	a.w = (struct gang_want){ a.shape, x->jobs, uid, x->same, x->layout, 0 };
	if (!a.shape || !a.site) {
		diag_nomem(d);
		got = CHECK_INVALID;
	}
	for (; got == CHECK_YES && known < x->jobs; known += got == CHECK_YES)
		got = join(&a, known, d);
	if (got == CHECK_YES)
		got = answer(&a, out, d);
	while (known-- > 0)
		shapes_part(h, a.shape[known]);
	spans_free(&a.when);
	free(a.shape);
	free(a.site);
	return got;
}
