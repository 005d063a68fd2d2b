/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "facts_look.h"
#include "gang_part.h"
#include "gang_sets.h"
#include "plan/candidate.h"
#include "shapes.h"
#include "site_table.h"
#include "site_time.h"
#include "why.h"

/* --- one set --------------------------------------------------------------------------- */

/* An attempt at one set: which member where. */
struct attempt {
	struct hub *h;
	const struct gang_want *w;
	const struct gang_sets *sets;
	uint32_t set;
	bool now;			/* as things are; else as if the sites were empty */
	uint32_t *order;		/* of the members: who takes most cores goes first */
	uint16_t *site;			/* of each member */
	struct place_claim *claim;
	uint32_t *count;		/* of members, by site */
	uint64_t (*sum)[TIMELINE_KINDS];	/* of what they take, by site */
	float *ready;			/* [member][site] seconds, see ready_in(); below 0: not looked at */
	double cost;
	double price;			/* of those that are placed, where it matters */
	bool nomem;
};

static bool may(const struct attempt *a, uint32_t i, uint16_t site)
{
	struct hub *h = a->h;
	const struct match *m;

	if (!gang_in_set(h, a->w->same, a->sets, a->set, site))
		return false;
	m = shapes_match(h, a->w->shape[i], site);
	return m && m->may;
}

/* Seconds until the site has what the member needs and lacks, by what it has measured;
 * of all that are like the one before it they are the same. */
static double ready_in(const struct attempt *a, uint32_t i, uint16_t site)
{
	uint32_t sites = a->h->sites.count;
	float *of = &a->ready[(size_t)i * sites];
	struct facts_lead l;

	if (of[site] < 0 && i && a->w->shape[i] == a->w->shape[i - 1])
		of[site] = a->ready[(size_t)(i - 1) * sites + site];
	if (of[site] < 0) {
		facts_lead(a->h, &a->h->shapes.row[a->w->shape[i]].shape, site, &l);
		of[site] = (float)(l.staged + l.prepare);
	}
	return (double)of[site];
}

static double cost_of(const struct attempt *a, uint32_t i, uint16_t site)
{
	struct hub *h = a->h;
	uint32_t shape = a->w->shape[i];
	const struct site *s = h->sites.site[site];
	struct match m = *shapes_match(h, shape, site);

	m.avoided |= a->w->shunned == site + 1;
	return candidate_dislike(&m) + ready_in(a, i, site) +
	       (double)s->held_cores / (s->doc.cores ? s->doc.cores : 1);
}

/* The lesser goes first: by the layout, then by what it costs. */
static bool better(const struct attempt *a, uint32_t i, uint16_t x, uint16_t y)
{
	double p = cost_of(a, i, x), q = cost_of(a, i, y);

	if (a->w->layout == LAYOUT_PACK && a->count[x] != a->count[y])
		return a->count[x] > a->count[y];
	if (a->w->layout == LAYOUT_PACK && !a->count[x]) {
		const struct site *s = a->h->sites.site[x], *t = a->h->sites.site[y];
		int64_t free_x = (int64_t)s->doc.cores - (int64_t)s->held_cores;
		int64_t free_y = (int64_t)t->doc.cores - (int64_t)t->held_cores;

		if (free_x != free_y)
			return free_x > free_y;
	}
	if (a->w->layout == LAYOUT_SPREAD && a->count[x] != a->count[y])
		return a->count[x] < a->count[y];
	return p != q ? p < q : x < y;
}

static int64_t length_of(struct hub *h, uint32_t shape)
{
	return site_time_length(h, &h->shapes.row[shape].shape, 0);
}

static void hold_credit(struct hub *h, uint16_t site, uint32_t shape, int by)
{
	const struct demand *d = &h->shapes.row[shape].shape.demand;
	struct site *s = h->sites.site[site];

	s->promised += (uint32_t)by;
	s->held_cores += (uint64_t)by * d->cores;
	s->held_memory += (uint64_t)by * d->memory;
}

/* Together with those that have their places already. */
static bool pay(struct attempt *a, uint32_t shape, uint16_t site)
{
	uint32_t user = accounts_find(a->h, a->w->owner);
	double price;

	if (!accounts_limited(a->h, user))
		return true;
	price = a->price + accounts_price(a->h, shape, site);
	if (accounts_pay(a->h, user, price, NULL) < 1)
		return false;
	a->price = price;
	return true;
}

/* Take it there now. */
static bool take_now(struct attempt *a, uint32_t i, uint16_t site)
{
	struct hub *h = a->h;
	uint32_t shape = a->w->shape[i];
	struct place_claim *c = &a->claim[i];
	struct diag d = DIAG_INIT;
	int r;

	if (!site_table_alive(h, site) || !site_table_wants(h, site, &h->shapes.row[shape].shape.demand))
		return false;
	c->take.from = h->now;
	c->take.to = h->now + c->duration;
	r = place_take(c->place, &c->take, &c->handle, &d);
	a->nomem |= r < 0;
	if (r == 0 && !pay(a, shape, site)) {
		place_give_back(c->place, &c->handle);
		return false;
	}
	if (r == 0)
		hold_credit(h, site, shape, +1);
	return r == 0;
}

static bool fits_empty(const struct attempt *a, uint32_t i, uint16_t site)
{
	const struct timeline *t = &a->claim[i].place->line;

	for (unsigned k = 0; k < t->kinds; k++)
		if (a->sum[site][k] + a->claim[i].take.amount[k] > (uint64_t)t->capacity[k])
			return false;
	return true;
}

static bool try_site(struct attempt *a, uint32_t i, uint16_t site)
{
	struct hub *h = a->h;
	uint32_t shape = a->w->shape[i];
	struct place_claim *c = &a->claim[i];

	*c = (struct place_claim){ .place = &h->sites.site[site]->time, .duration = length_of(h, shape),
				   .take = { .standing = PLACE_PLANNED, .owner = a->w->owner,
					     .holder = { .what = HOLD_GANG, .index = i } } };
	if (!place_wish(c->place, &h->shapes.row[shape].shape, c->take.amount) ||
	    !(a->now ? take_now(a, i, site) : fits_empty(a, i, site)))
		return false;
	for (unsigned k = 0; k < TIMELINE_KINDS; k++)
		a->sum[site][k] += c->take.amount[k];
	a->count[site]++;
	a->site[i] = site;
	a->cost += cost_of(a, i, site);
	return true;
}

/* At the best of the sites that can have it. */
static bool put_one(struct attempt *a, uint32_t i)
{
	uint32_t sites = a->h->sites.count;
	uint8_t tried[sites + 1];

	memset(tried, 0, sizeof tried);
	for (;;) {
		uint16_t best = NO_SITE;

		for (uint32_t s = 0; s < sites; s++)
			if (!tried[s] && may(a, i, (uint16_t)s) &&
			    (best == NO_SITE || better(a, i, (uint16_t)s, best)))
				best = (uint16_t)s;
		if (best == NO_SITE)
			return false;
		if (try_site(a, i, best))
			return true;
		tried[best] = 1;
	}
}

static void undo(struct attempt *a, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (a->claim[i].handle) {
			place_give_back(a->claim[i].place, &a->claim[i].handle);
			if (a->now)
				hold_credit(a->h, a->site[i], a->w->shape[i], -1);
		}
}

/* All of them into one set.  What is small finds room behind what is large, but not the
 * other way round. */
static bool put_all(struct attempt *a, uint32_t set)
{
	uint32_t n = 0;

	a->set = set;
	a->cost = a->price = 0;
	memset(a->count, 0, (a->h->sites.count + 1) * sizeof *a->count);
	memset(a->sum, 0, (a->h->sites.count + 1) * sizeof *a->sum);
	memset(a->claim, 0, (a->w->n + 1) * sizeof *a->claim);
	while (n < a->w->n && put_one(a, a->order[n]))
		n++;
	if (n == a->w->n)
		return true;
	undo(a, a->w->n);
	return false;
}

static int larger_first(const void *x, const void *y, void *ctx)
{
	const struct attempt *a = ctx;
	uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
	const struct demand *p = &a->h->shapes.row[a->w->shape[i]].shape.demand;
	const struct demand *q = &a->h->shapes.row[a->w->shape[j]].shape.demand;

	if (p->cores != q->cores)
		return p->cores > q->cores ? -1 : 1;
	if (p->memory != q->memory)
		return p->memory > q->memory ? -1 : 1;
	return i < j ? -1 : 1;
}

static bool attempt_begin(struct attempt *a, struct hub *h, const struct gang_want *w,
			  const struct gang_sets *sets, bool now)
{
	uint32_t sites = h->sites.count + 1;

	*a = (struct attempt){ .h = h, .w = w, .sets = sets, .now = now };
	a->order = calloc(w->n + 1, sizeof *a->order);
	a->site = calloc(w->n + 1, sizeof *a->site);
	a->claim = calloc(w->n + 1, sizeof *a->claim);
	a->count = calloc(sites, sizeof *a->count);
	a->sum = calloc(sites, sizeof *a->sum);
	a->ready = malloc(((size_t)w->n * sites + 1) * sizeof *a->ready);
	for (size_t i = 0; a->ready && i < (size_t)w->n * sites; i++)
		a->ready[i] = -1;
	for (uint32_t i = 0; a->order && i < w->n; i++)
		a->order[i] = i;
	if (a->order)
		qsort_r(a->order, w->n, sizeof *a->order, larger_first, a);
	return a->order && a->site && a->claim && a->count && a->sum && a->ready;
}

static void attempt_end(struct attempt *a)
{
	free(a->order);
	free(a->site);
	free(a->claim);
	free(a->count);
	free(a->sum);
	free(a->ready);
}

/* --- all sets ------------------------------------------------------------------------------ */

int gang_place_now(struct hub *h, const struct gang_want *w, uint16_t *site, struct diag *d)
{
	struct attempt a = { 0 };
	struct gang_sets sets;
	double least = 0;
	bool good = gang_sets_begin(h, w->same, &sets) && attempt_begin(&a, h, w, &sets, true);
	int found = 0;

	for (uint32_t s = 0; good && s < sets.count; s++) {
		if (!put_all(&a, s))
			continue;
		undo(&a, w->n);
		if (found && a.cost >= least)
			continue;
		memcpy(site, a.site, w->n * sizeof *site);
		least = a.cost;
		found = 1;
	}
	good = good && !a.nomem;
	attempt_end(&a);
	gang_sets_end(&sets);
	return good ? found : diag_nomem(d);
}

int gang_place_later(struct hub *h, const struct gang_want *w, int64_t earliest, int64_t latest,
		     uint16_t *site, timeline_handle *plan, int64_t *start, struct diag *d)
{
	struct attempt a = { 0 };
	struct gang_sets sets;
	uint32_t best = 0;
	bool good = gang_sets_begin(h, w->same, &sets) && attempt_begin(&a, h, w, &sets, false);
	int found = 0;

	for (uint32_t s = 0; good && s < sets.count; s++) {
		int64_t at;
		int r = put_all(&a, s) ? place_fit_all(a.claim, w->n, earliest, latest, &at, d) : 1;

		if (r == 0)
			place_give_back_all(a.claim, w->n);
		good = r >= 0;
		if (r == 0 && (!found || at < *start)) {
			found = 1;
			best = s;
			*start = at;
		}
	}
	if (good && found) {
		good = put_all(&a, best) && place_fit_all(a.claim, w->n, *start, *start, start, d) == 0;
		for (uint32_t i = 0; good && i < w->n; i++) {
			site[i] = a.site[i];
			plan[i] = a.claim[i].handle;
		}
	}
	attempt_end(&a);
	gang_sets_end(&sets);
	return good ? found : diag_nomem(d);
}

int gang_place_again(struct hub *h, const struct gang_want *w, enum transaction_same same, uint16_t first,
		     uint16_t *site, struct diag *d)
{
	struct attempt a = { 0 };
	struct gang_sets sets;
	bool good = gang_sets_begin(h, same, &sets) && attempt_begin(&a, h, w, &sets, true);
	struct gang_want one = *w;
	int found = 0;

	one.same = first == NO_SITE ? SAME_ANY : same;
	a.w = &one;
	for (uint32_t s = 0; good && !found && s < sets.count; s++) {
		if ((first != NO_SITE && !gang_in_set(h, same, &sets, s, first)) || !put_all(&a, s))
			continue;
		undo(&a, 1);
		*site = a.site[0];
		found = 1;
	}
	good = good && !a.nomem;
	attempt_end(&a);
	gang_sets_end(&sets);
	return good ? found : diag_nomem(d);
}

/* --- never ----------------------------------------------------------------------------------- */

/* What one site says to one shape. */
static bool could(struct hub *h, uint32_t shape, uint16_t site)
{
	const struct match *m = h->sites.site[site]->known ? shapes_match(h, shape, site) : NULL;

	return m && (m->may || m->later);
}

/* Has the set somebody for each, and the cores for all of them? */
static bool set_could(struct hub *h, const struct gang_want *w, const struct gang_sets *sets, uint32_t set)
{
	uint64_t cores = 0, wanted = 0;

	for (uint32_t s = 0; s < h->sites.count; s++)
		if (gang_in_set(h, w->same, sets, set, (uint16_t)s))
			cores += h->sites.site[s]->doc.cores;
	for (uint32_t i = 0; i < w->n; i++) {
		bool any = false;

		for (uint32_t s = 0; !any && s < h->sites.count; s++)
			any = gang_in_set(h, w->same, sets, set, (uint16_t)s) && could(h, w->shape[i], (uint16_t)s);
		if (!any)
			return false;
		wanted += h->shapes.row[w->shape[i]].shape.demand.cores;
	}
	return wanted <= cores;
}

bool gang_place_never(struct hub *h, const struct gang_want *w, struct buf *why)
{
	static const char *const where[] = {
		[SAME_ANY] = "the sites together cannot have", [SAME_GROUP] = "no group of sites can have",
		[SAME_SITE] = "no site can have",
	};
	struct attempt a = { 0 };
	struct gang_sets sets;
	bool never = gang_sets_begin(h, w->same, &sets) && attempt_begin(&a, h, w, &sets, false), known = false;

	for (uint32_t s = 0; s < h->sites.count; s++)
		known |= h->sites.site[s]->known;
	never &= known;
	/* At one site there is no choice: what does not fit there when it is empty never will. */
	for (uint32_t s = 0; never && s < sets.count; s++)
		if (set_could(h, w, &sets, s) && (w->same != SAME_SITE || put_all(&a, s) || a.nomem))
			never = false;
	for (uint32_t i = 0; never && i < w->n; i++)
		for (uint32_t s = 0; never && s < h->sites.count; s++) {
			const struct match *m = h->sites.site[s]->known ? shapes_match(h, w->shape[i], s) : NULL;

			never = !m || !m->later;
		}
	if (never)
		buf_addf(why, "%s all %u jobs of the transaction at once", where[w->same], w->n);
	for (uint32_t i = 0; never && i < w->n; i++) {
		struct buf reasons = BUF_INIT;
		bool any = false;

		for (uint32_t s = 0; !any && s < h->sites.count; s++)
			any = could(h, w->shape[i], (uint16_t)s);
		if (any)
			continue;
		why_reasons(h, w->shape[i], &reasons);
		buf_addf(why, "; there is one that nobody can have: %s", reasons.s);
		buf_free(&reasons);
		break;
	}
	attempt_end(&a);
	gang_sets_end(&sets);
	return never;
}
