/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gang_attempt.h"

#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "shapes.h"
#include "site_table.h"
#include "together.h"

static int64_t length_of(struct hub *h, uint32_t shape, int64_t start)
{
	return together_length(h, &h->shapes.row[shape].shape, start);
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

	*c = (struct place_claim){ .place = &h->sites.site[site]->time, .duration = length_of(h, shape, h->now),
				   .take = { .standing = PLACE_PLANNED, .owner = a->w->owner,
					     .holder = { .what = HOLD_GANG, .index = i } } };
	if (!place_wish(c->place, &h->shapes.row[shape].shape, c->take.amount) ||
	    !(a->now ? take_now(a, i, site) : fits_empty(a, i, site)))
		return false;
	for (unsigned k = 0; k < TIMELINE_KINDS; k++)
		a->sum[site][k] += c->take.amount[k];
	a->count[site]++;
	a->site[i] = site;
	a->cost += attempt_cost(a, i, site);
	return true;
}

/* At the best of the sites that can have it. */
static bool put_one(struct attempt *a, uint32_t i)
{
	uint8_t tried[a->h->sites.count + 1];

	memset(tried, 0, sizeof tried);
	for (;;) {
		uint16_t best = attempt_choose(a, i, tried);

		if (best == NO_SITE)
			return false;
		if (try_site(a, i, best))
			return true;
		tried[best] = 1;
	}
}

void attempt_undo(struct attempt *a)
{
	for (uint32_t i = 0; i < a->w->n; i++)
		if (a->claim[i].handle) {
			place_give_back(a->claim[i].place, &a->claim[i].handle);
			if (a->now)
				hold_credit(a->h, a->site[i], a->w->shape[i], -1);
		}
}

/* All of them into one set.  What is small finds room behind what is large, but not the
 * other way round. */
bool attempt_put(struct attempt *a, uint32_t set)
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
	attempt_undo(a);
	return false;
}

void attempt_start_at(struct attempt *a, int64_t instant)
{
	for (uint32_t i = 0; i < a->w->n; i++)
		a->claim[i].duration = length_of(a->h, a->w->shape[i], instant);
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

bool attempt_begin(struct attempt *a, struct hub *h, const struct gang_want *w, const struct gang_sets *sets,
		   bool now)
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

void attempt_end(struct attempt *a)
{
	free(a->order);
	free(a->site);
	free(a->claim);
	free(a->count);
	free(a->sum);
	free(a->ready);
}
