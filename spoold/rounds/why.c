/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "facts_look.h"
#include "instant.h"
#include "io.h"
#include "queue.h"
#include "reserved.h"
#include "shapes.h"
#include "site_table.h"
#include "size.h"
#include "trust.h"
#include "site_time.h"
#include "why_words.h"

enum {
	NAME = 20,
	MOST_NEAR = 32,			/* sites of which all is told */
	MOST_CELLS = 20000,		/* shapes times sites that are looked at at once, */
	FIGURES_COST = 8,		/* if it is for words only; with figures it costs so much more */
};
static const int64_t figures_every = 10 * SECOND_US;

void why_reasons(struct hub *h, uint32_t shape, struct buf *out)
{
	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *s = h->sites.site[i];
		struct buf reasons = BUF_INIT;
		struct match m;

		if (!s->known)
			continue;
		match_site(&h->shapes.row[shape].shape, &s->doc, &h->config, &h->catalogue, &m, &reasons);
		buf_addf(out, "%s%s: %s", out->len ? "; " : "", s->name, m.may ? "it could" : reasons.s);
		buf_free(&reasons);
	}
	if (!out->len)
		buf_adds(out, "no site has told about itself yet");
}

/* What keeps a site that may have the job from getting it now. */
static void explain_waiting(struct hub *h, uint32_t site, uint32_t shape, const struct match *m,
			    struct buf *out)
{
	const struct site *s = h->sites.site[site];
	const struct demand *d = &h->shapes.row[shape].shape.demand;

	if (s->stuck || s->out.dir < 0)
		buf_adds(out, "it may, but its mail cannot be read");
	else if (!site_table_alive(h, (uint16_t)site))
		buf_adds(out, "it may, but it has been silent for longer than the lease");
	else if (!trust_may(h, (uint16_t)site)) {
		buf_adds(out, "it may, but it failed jobs of many kinds; it is tried with one again at ");
		instant_format(s->trust.try_at, out);
	} else if (!site_table_wants(h, (uint16_t)site, d))
		buf_addf(out, "it may, but it holds %u jobs with %" PRIu64 " cores and wants no more now",
			 s->held.count, s->held_cores);
	else
		buf_adds(out, "it may");
	if (h->shapes.row[shape].shape.live && s->asked_at > s->answered_at && h->now - s->asked_at < h->config.assess)
		buf_adds(out, "; it was asked to look anew, and has not answered yet");
	if (m->missing) {
		buf_adds(out, "; it would have to fetch ");
		size_human(m->missing, out);
	}
}

/* Whose budget keeps a site from being told of their jobs. */
static void explain_budgets(struct hub *h, uint32_t shape, struct buf *out)
{
	for (uint32_t l = h->shapes.row[shape].queue.first; l != NO_LANE; l = h->lanes.lane[l].next) {
		uint32_t user = accounts_find(h, h->lanes.lane[l].owner);

		for (uint32_t i = 0; i < h->sites.count; i++) {
			struct buf reason = BUF_INIT;

			if (h->sites.site[i]->known &&
			    accounts_afford(h, user, shape, (uint16_t)i, &reason) < 1)
				buf_addf(out, "%s, for jobs of %s: %s\n", h->sites.site[i]->name,
					 h->accounts.account[user].name, reason.s);
			buf_free(&reason);
		}
	}
}

/* --- costs ---------------------------------------------------------------------------- */

/* What a job of the shape would find at each site; `known` of those that may have it. */
struct costs {
	struct facts_look *look;
	bool *known;
	uint32_t best;			/* site; NO_SITE: none may */
	double near;			/* of those that cost no more all is told */
};

static int by_cost(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The cost of the last of those of which all is told. */
static double cost_of_near(const struct hub *h, const struct costs *c)
{
	double *cost = calloc(h->sites.count + 1, sizeof *cost), got = PLANNER_NEVER;
	uint32_t n = 0;

	for (uint32_t i = 0; cost && i < h->sites.count; i++)
		if (c->known[i])
			cost[n++] = c->look[i].offer.cost;
	if (cost && n > MOST_NEAR) {
		qsort(cost, n, sizeof *cost, by_cost);
		got = cost[MOST_NEAR - 1];
	}
	free(cost);
	return got;
}

static void costs_free(const struct hub *h, struct costs *c)
{
	for (uint32_t i = 0; c->known && i < h->sites.count; i++)
		if (c->known[i])
			facts_look_free(&c->look[i]);
	free(c->look);
	free(c->known);
	*c = (struct costs){ .best = NO_SITE };
}

static bool costs_look(struct hub *h, uint32_t shape, struct costs *c)
{
	uint32_t n = h->sites.count;
	struct diag d;

	*c = (struct costs){ calloc(n + 1ul, sizeof *c->look), calloc(n + 1ul, sizeof *c->known), NO_SITE,
			     PLANNER_NEVER };
	for (uint32_t i = 0; c->look && c->known && i < n; i++) {
		const struct match *m = h->sites.site[i]->known ? shapes_match(h, shape, i) : NULL;

		if (!m || !m->may)
			continue;
		c->known[i] = facts_look(h, queue_any(h, shape), shape, i, &c->look[i], &d) == 0;
		if (!c->known[i])
			facts_look_free(&c->look[i]);
		else if (site_table_alive(h, (uint16_t)i) &&
			 (c->best == NO_SITE || c->look[i].offer.cost < c->look[c->best].offer.cost))
			c->best = i;
	}
	if (!c->look || !c->known) {
		costs_free(h, c);
		return false;
	}
	c->near = cost_of_near(h, c);
	return true;
}

/* What would have to be otherwise for the site to get such a job now. */
static void explain_change(struct hub *h, const struct costs *c, uint32_t site, uint32_t shape, struct buf *out)
{
	const struct site *s = h->sites.site[site];

	buf_adds(out, "  to change: ");
	if (s->stuck || s->out.dir < 0) {
		buf_addf(out, "its mailbox has to be mended: %s", s->stuck ? s->stuck_why : "it cannot be opened");
	} else if (!site_table_alive(h, (uint16_t)site)) {
		buf_adds(out, "it has to be heard of, for the first time in ");
		why_seconds(out, c->look[site].told);
	} else if (!trust_may(h, (uint16_t)site)) {
		buf_adds(out, "a job has to complete there, or the administrator to release it");
	} else if (!site_table_wants(h, (uint16_t)site, &h->shapes.row[shape].shape.demand)) {
		buf_adds(out, "one of its jobs has to end");
		if (s->time_due < INT64_MAX && s->time_due > h->now) {
			buf_adds(out, ", the first is planned to in ");
			why_seconds(out, (double)(s->time_due - h->now) / SECOND_US);
		}
		buf_adds(out, "; or it has to pull more");
	} else if (c->best != NO_SITE && c->best != site) {
		buf_adds(out, "it costs ");
		why_seconds(out, c->look[site].offer.cost - c->look[c->best].offer.cost);
		buf_addf(out, " more than at %s", h->sites.site[c->best]->name);
	} else {
		buf_adds(out, "nothing but the time until it starts");
	}
	buf_addc(out, '\n');
}

static void explain_costs(struct hub *h, const struct costs *c, uint32_t site, uint32_t shape, struct buf *out)
{
	if (!c->look || !c->known[site])
		return;
	explain_change(h, c, site, shape, out);
	if (c->look[site].offer.cost <= c->near)
		why_costs(&c->look[site], out);
	else
		why_costs_short(&c->look[site], out);
}

static void add_eta(const struct hub *h, const struct costs *c, struct buf *out)
{
	const struct facts_spread *end;

	if (c->look && c->best != NO_SITE && c->look[c->best].end.high < 1e9) {
		end = &c->look[c->best].end;
		buf_adds(out, "eta ");
		instant_format(h->now + (int64_t)(end->middle * 1e6), out);
		buf_adds(out, ", between ");
		instant_format(h->now + (int64_t)(end->low * 1e6), out);
		buf_adds(out, " and ");
		instant_format(h->now + (int64_t)(end->high * 1e6), out);
		buf_addf(out, ", at %s\n", h->sites.site[c->best]->name);
	}
	buf_adds(out, "as of ");
	instant_format(h->now, out);
	buf_addc(out, '\n');
}

/* --- a shape ----------------------------------------------------------------------------- */

/* Where the fewest things speak against it: what would have to change. */
struct nearest { uint32_t site, against; struct buf reasons; };

static void keep_nearest(struct nearest *n, uint32_t site, const struct buf *reasons)
{
	uint32_t against = 1;

	for (const char *at = reasons->s; (at = strstr(at, "; ")); at++)
		against++;
	if (n->against && against >= n->against)
		return;
	n->site = site;
	n->against = against;
	buf_reset(&n->reasons);
	buf_add(&n->reasons, reasons->s, reasons->len);
}

/* c->look NULL: without costs, which change all the time. */
static void explain_sites(struct hub *h, uint32_t shape, const struct costs *c, struct buf *out)
{
	const struct shape_row *row = &h->shapes.row[shape];
	struct nearest nearest = { .reasons = BUF_INIT };
	bool any = false;

	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *s = h->sites.site[i];
		struct buf reasons = BUF_INIT;
		struct match m;

		buf_addf(out, "%s: ", s->name);
		if (!s->known) {
			buf_adds(out, "it has not told about itself yet\n");
			continue;
		}
		match_site(&row->shape, &s->doc, &h->config, &h->catalogue, &m, &reasons);
		any |= m.may;
		if (m.may)
			explain_waiting(h, i, shape, &m, out);
		else
			buf_adds(out, reasons.s);
		buf_addc(out, '\n');
		explain_costs(h, c, i, shape, out);
		if (!m.may)
			keep_nearest(&nearest, i, &reasons);
		buf_free(&reasons);
	}
	if (!any && nearest.against && h->sites.count > 1)
		buf_addf(out, "least would have to change at %s: %s\n", h->sites.site[nearest.site]->name,
			 nearest.reasons.s);
	buf_free(&nearest.reasons);
}

static void explain(struct hub *h, uint32_t shape, const struct costs *c, struct buf *out)
{
	const struct shape_row *row = &h->shapes.row[shape];
	int64_t next;

	if (!site_time_open(h, &row->shape, &next) && next < INT64_MAX) {
		buf_adds(out, "it may start at ");
		instant_format(next, out);
		buf_addc(out, '\n');
	}
	if (row->shape.reservation) {
		reserved_explain(h, shape, out);
		return;
	}
	explain_sites(h, shape, c, out);
	if (!h->sites.count)
		buf_adds(out, "there is no site yet\n");
	if (h->accounts.budgets)
		explain_budgets(h, shape, out);
	if (c->look)
		add_eta(h, c, out);
}

static void file_name(const struct shape_row *row, char name[NAME])
{
	snprintf(name, NAME, "x%016" PRIx64, row->hash);
}

void why_forget(struct hub *h, uint32_t shape)
{
	struct shape_row *row = &h->shapes.row[shape];
	char name[NAME];

	if (!row->explained)
		return;
	file_name(row, name);
	unlinkat(h->spool.run_why, name, 0);
	row->explained = 0;
}

static void publish(struct hub *h, uint32_t shape, uint64_t hash)
{
	struct shape_row *row = &h->shapes.row[shape];
	struct buf text = BUF_INIT;
	struct costs c;
	struct diag d;
	char name[NAME];

	costs_look(h, shape, &c);
	explain(h, shape, &c, &text);
	costs_free(h, &c);
	file_name(row, name);
	if (io_publish(h->spool.run_why, name, 0640, text.s, text.len, 0, &d) < 0) {
		hub_log("run/why/%s: %s", name, d.text);
	} else {
		row->explained = hash;
		row->explained_at = h->now;
	}
	buf_free(&text);
}

/* Figures get old by themselves: they are told anew with the words, and else not so often.
 * true: they were. */
static bool write_one(struct hub *h, uint32_t shape)
{
	static const struct costs none = { .best = NO_SITE };
	struct shape_row *row = &h->shapes.row[shape];
	int64_t age = h->now - row->explained_at;
	struct buf words = BUF_INIT;
	uint64_t hash;
	bool anew;

	if (!row->queue.count) {
		why_forget(h, shape);
		return false;
	}
	explain(h, shape, &none, &words);
	hash = shapes_hash(&h->shapes, words.s, words.len) | 1;
	anew = hash != row->explained || age < 0 || age >= figures_every + h->sites.count * (SECOND_US / 50);
	if (anew)
		publish(h, shape, hash);
	buf_free(&words);
	return anew;
}

void why_recover(struct hub *h)
{
	DIR *p = io_list(h->spool.run_why, ".", NULL);
	struct dirent *e;
	uint64_t hash;

	while (p && (e = readdir(p))) {
		uint32_t shape = sscanf(e->d_name, "x%16" SCNx64, &hash) == 1 ? shapes_find(&h->shapes, hash)
										: NO_SHAPE;

		if (shape != NO_SHAPE)
			h->shapes.row[shape].explained = 1;	/* what it says is not known */
		else if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlinkat(h->spool.run_why, e->d_name, 0);
	}
	if (p)
		closedir(p);
}

bool why_write(struct hub *h, bool all)
{
	uint64_t cells = 0, most = all ? UINT64_MAX : MOST_CELLS;
	uint32_t n = h->shapes.used;

	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = (h->shapes.explain_at + k) % n;

		if (!h->shapes.row[i].queue.count && !h->shapes.row[i].explained)
			continue;
		if (cells >= most) {
			h->shapes.explain_at = i;
			return false;
		}
		cells += (h->sites.count + 1ul) * (write_one(h, i) ? FIGURES_COST : 1);
	}
	h->shapes.explain_at = 0;
	return true;
}
