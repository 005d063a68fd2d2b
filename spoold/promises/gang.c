/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gang.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "command.h"
#include "gang_part.h"
#include "gang_sets.h"
#include "instant.h"
#include "io.h"
#include "round.h"
#include "shapes.h"
#include "transition.h"

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

/* Its jobs that have not ended, as they stand in the table. */
struct crew {
	uint32_t *member, *job, *shape;
	uint16_t *site;
	timeline_handle *plan;
	uint32_t n;
	bool whole;			/* all of them hang aside */
	int64_t earliest, latest;	/* when all of them may start */
};

static void crew_end(struct crew *c)
{
	free(c->member);
	free(c->job);
	free(c->shape);
	free(c->site);
	free(c->plan);
}

static bool crew_begin(struct hub *h, uint32_t g, struct crew *c)
{
	const struct gang *x = &h->gangs.item[g];
	size_t room = x->members + 1;

	*c = (struct crew){ .whole = true, .latest = INT64_MAX };
	c->member = calloc(room, sizeof *c->member);
	c->job = calloc(room, sizeof *c->job);
	c->shape = calloc(room, sizeof *c->shape);
	c->site = calloc(room, sizeof *c->site);
	c->plan = calloc(room, sizeof *c->plan);
	if (!c->member || !c->job || !c->shape || !c->site || !c->plan)
		return false;
	for (uint32_t i = 0; i < x->members; i++) {
		uint32_t j = jobs_find(&h->jobs, &x->member[i].id);
		const struct shape *s = j == NO_JOB ? NULL : &h->shapes.row[h->jobs.job[j].shape].shape;

		if (!s)
			continue;
		c->member[c->n] = i;
		c->job[c->n] = j;
		c->shape[c->n++] = h->jobs.job[j].shape;
		c->whole &= h->jobs.job[j].hangs == HANGS_ASIDE;
		c->earliest = s->not_before > c->earliest ? s->not_before : c->earliest;
		c->latest = s->not_after < c->latest ? s->not_after : c->latest;
	}
	return true;
}

/* As its file says that they shall. */
static int end_members(struct hub *h, uint32_t g, const struct crew *c, struct diag *d)
{
	const struct gang *x = &h->gangs.item[g];
	const char *answer = x->end == PHASE_FAILED ? "NO" : NULL;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < c->n; i++) {
		const struct job *job = &h->jobs.job[c->job[i]];

		if (job->phase == PHASE_PENDING)
			r = round_end(h, c->job[i], x->end, answer, x->text ? x->text : "", d);
		else if (!job->cancelling)
			r = command_cancel(h, c->job[i], "its transaction", x->text, d);
	}
	return r;
}

/* Those that are owed to their sites; and others that came back. */
static int give_out(struct hub *h, uint32_t g, const struct crew *c, struct diag *d)
{
	struct gang *x = &h->gangs.item[g];
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < c->n; i++) {
		const struct job *job = &h->jobs.job[c->job[i]];
		struct gang_want w = { &c->shape[i], 1, x->owner, SAME_ANY, LAYOUT_ANY,
				       .shunned = (uint16_t)(job->shunned + 1) };
		struct gang_member *m = &x->member[c->member[i]];
		uint16_t site = m->site;
		int found = 1;

		if (job->phase != PHASE_PENDING || job->hangs != HANGS_ASIDE)
			continue;
		/* Anew where it was, if that has room, or in the same group. */
		if (!m->owed)
			found = gang_place_again(h, &w, x->same, site, &site, d);
		if (found > 0)
			r = round_assign(h, c->job[i], site, "its transaction was placed there", d);
		else
			r = found;
		m->owed &= r < 0;
	}
	return r;
}

static int place_all(struct hub *h, uint32_t g, const struct crew *c, struct diag *d)
{
	struct gang *x = &h->gangs.item[g];
	struct buf line = BUF_INIT, list = BUF_INIT;
	int r;

	for (uint32_t i = 0, k = 0; i < x->members; i++) {
		bool here = k < c->n && c->member[k] == i;

		x->member[i].site = here ? c->site[k++] : NO_SITE;
		x->member[i].owed = here;
		buf_adds(&list, i ? ", " : "[");
		if (here)
			line_scalar(&list, h->sites.site[x->member[i].site]->name,
				    strlen(h->sites.site[x->member[i].site]->name));
		else
			buf_adds(&list, "\"-\"");
	}
	buf_addc(&list, ']');
	line_begin(&line);
	line_text(&line, "phase", transaction_phase_name(TRANSACTION_PLACED));
	line_time(&line, "time", h->now);
	line_raw(&line, "sites", list.s);
	line.failed |= list.failed;
	r = gang_write_phase(h, g, TRANSACTION_PLACED, &line, d);
	buf_free(&line);
	buf_free(&list);
	if (r < 0)
		return -1;
	x->placed = true;
	return give_out(h, g, c, d);
}

/* Its place in the future, so that it comes. */
static int plan(struct hub *h, uint32_t g, struct crew *c, const struct gang_want *w, int64_t earliest,
		struct diag *d)
{
	struct gang *x = &h->gangs.item[g];
	int64_t start = 0;
	int found = gang_place_later(h, w, earliest, c->latest, c->site, c->plan, &start, d);

	for (uint32_t i = 0; found > 0 && i < c->n; i++) {
		x->member[c->member[i]].plan = c->plan[i];
		x->member[c->member[i]].plan_site = c->site[i];
	}
	if (found > 0 && start > h->now && start < h->gangs.wake)
		h->gangs.wake = start;
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

static int look(struct hub *h, uint32_t g, struct crew *c, uint32_t *plans, struct diag *d)
{
	const struct gang *x = &h->gangs.item[g];
	struct gang_want w = { c->shape, c->n, x->owner, x->same, x->layout };
	struct buf why = BUF_INIT;
	int r = 0, pay;

	if (!c->whole) {
		explain(h, g, "some of its jobs are on hold", 0);
		return 0;
	}
	if (c->latest < h->now)
		return gang_end(h, g, PHASE_EXPIRED, NULL, "the time in which it could have started has passed", d);
	if (c->earliest > c->latest)
		return gang_end(h, g, PHASE_FAILED, NULL, "its jobs may never start at the same time", d);
	pay = can_pay(h, &w, &why);
	if (!h->config.unplaceable_waits && (pay < 0 || (pay > 0 && gang_place_never(h, &w, &why))))
		r = gang_end(h, g, PHASE_FAILED, NULL, why.s, d);
	else if (pay < 1)
		explain(h, g, why.s, 0);
	else if (c->earliest > h->now)
		explain(h, g, "it may start at", c->earliest);
	else
		r = gang_place_now(h, &w, c->site, d);
	buf_free(&why);
	if (x->end != PHASE_PENDING || r < 0)
		return r;
	if (r > 0)
		return place_all(h, g, c, d);
	if (c->earliest > h->now && c->earliest < h->gangs.wake)
		h->gangs.wake = c->earliest;
	if (c->latest < INT64_MAX && c->latest + 1 < h->gangs.wake)
		h->gangs.wake = c->latest + 1;
	if (pay < 1 || (*plans)++ >= MOST_PLANS)
		return 0;
	return plan(h, g, c, &w, c->earliest > h->now ? c->earliest : h->now, d) < 0 ? -1 : 0;
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
	struct crew c;
	int r = -1;

	if (!crew_begin(h, g, &c))
		diag_nomem(d);
	else if (!c.n)
		r = finish(h, g, d);
	else if (h->gangs.item[g].end != PHASE_PENDING)
		r = end_members(h, g, &c, d);
	else if (h->gangs.item[g].placed)
		r = give_out(h, g, &c, d);
	else
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
		if (h->gangs.item[g].live) {
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
