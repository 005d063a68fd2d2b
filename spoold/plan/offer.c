/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offer.h"

#include <stdlib.h>
#include <string.h>

/* A site that may be asked, with the number it is ranked by: the lower the
 * better.  Of those that are equal, and start at the same time, the one of the
 * lower place is the better. */
struct ranked { double key; uint32_t place, site; };
struct placed { bool avoided, unpreferred; double price; uint64_t missing; uint32_t site; };

struct choosing {
	const struct offer_ask *q;
	const struct offer_site *site;
	struct ranked *rank;
	struct placed *placed;
	uint32_t ranks;
	struct offer_slot *out;
	unsigned count, most;
	bool *used;			/* by site: offered already */
};

static const struct { unsigned bit; const char *name; } reasons[] = {
	{ OFFER_SOONEST, "soonest" }, { OFFER_CHEAPEST, "cheapest" }, { OFFER_NEAREST, "nearest" },
	{ OFFER_LARGEST, "largest" }, { OFFER_WINDOW, "window" }, { OFFER_OTHER, "other" },
};

const char *offer_reason_name(unsigned bit)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].bit == bit)
			return reasons[i].name;
	return "?";
}

int64_t offer_held_until(const struct offer_slot *s)
{
	return s->latest + s->length;
}

/* --- one slot ------------------------------------------------------------------------ */

static int64_t least_of(const struct offer_ask *q, const struct shape_window *w)
{
	return w->min ? w->min : w->max ? w->max : q->length;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* It starts no later, if it starts when it is accepted. */
static int64_t last_start(const struct offer_ask *q, const struct offer_site *at)
{
	return later(q->expires, at->last);
}

/* The windows from which an offer may start, each in two: what starts before
 * that has to be held until then and for its length. */
static unsigned split_windows(const struct offer_ask *q, const struct offer_site *at, int only,
			      int64_t latest, struct timeline_window *w, uint32_t *which)
{
	const struct shape *s = q->shape;
	int64_t last = last_start(q, at);
	unsigned n = 0;

	for (uint32_t i = 0; i < s->windows; i++) {
		int64_t from = later(later(s->window[i].earliest, q->now), at->ready);
		int64_t to = sooner(s->window[i].latest, latest), least = least_of(q, &s->window[i]);

		if (from > to || (only >= 0 && i != (uint32_t)only))
			continue;
		if (from < last) {
			which[n] = i;
			w[n++] = (struct timeline_window){ from, sooner(to, last - 1), least + last - from };
		}
		if (to >= last) {
			which[n] = i;
			w[n++] = (struct timeline_window){ later(from, last), to, least };
		}
	}
	return n;
}

/* As much of the longest duration as there is room for. */
static int64_t stretch(const struct offer_site *at, const struct offer_slot *s, int64_t most)
{
	struct timeline_obstacle o;

	if (most <= s->least)
		return s->least;
	if (!timeline_obstacle(&at->place->line, s->amount, s->start, s->latest + most, &o))
		return most;
	return later(o.when - s->latest, s->least);
}

static void price(const struct offer_site *at, struct offer_slot *s)
{
	struct usage u = {
		.seconds = (double)s->least / 1e6, .cores = (uint32_t)s->amount[PLACE_CORES],
		.gpus = (uint32_t)s->amount[PLACE_GPUS], .memory = s->amount[PLACE_MEMORY],
		.moved = at->match->missing,
	};

	s->price = price_of(&at->prices, &u);
}

/* The soonest slot at this site, not after latest. */
static bool find_slot(const struct offer_ask *q, const struct offer_site *at, int only, int64_t latest,
		      double share, struct offer_slot *out)
{
	struct timeline_window w[2 * q->shape->windows];
	uint32_t which[2 * q->shape->windows];
	const struct shape_window *win;
	struct timeline_found f;
	unsigned n;

	if (!place_wish(at->place, q->shape, out->low) ||
	    (share > 0 ? !place_wish_more(at->place, q->shape, share, out->amount)
		       : !memcpy(out->amount, out->low, sizeof out->low)))
		return false;
	n = split_windows(q, at, only, latest, w, which);
	if (!n || !place_fit(at->place, out->amount, w, n, &f))
		return false;
	out->share = share;
	out->window = which[f.window];
	win = &q->shape->window[out->window];
	out->start = out->latest = f.start;
	if (f.start < last_start(q, at))
		out->latest = sooner(last_start(q, at), win->latest);
	out->least = least_of(q, win);
	out->bounded = win->min || win->max;
	out->length = stretch(at, out, win->max);
	price(at, out);
	return true;
}

/* --- of all sites ---------------------------------------------------------------------- */

#define THEN(a, b) if ((a) != (b)) return (a) < (b) ? -1 : 1

static int by_key(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	THEN(x->key, y->key);
	THEN(x->place, y->place);
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	THEN(x->avoided, y->avoided);
	THEN(x->unpreferred, y->unpreferred);
	THEN(x->price, y->price);
	THEN(x->missing, y->missing);
	THEN(x->site, y->site);
	return 0;
}

/* The soonest of the lowest key for which there is any.  Who comes later in the
 * order has to be sooner, which ends most searches before they begin. */
static bool search(struct choosing *c, int only, double share, bool fresh, struct offer_slot *out)
{
	struct offer_slot s;
	int64_t latest = INT64_MAX;
	bool any = false;

	for (uint32_t i = 0; i < c->ranks; i++) {
		uint32_t site = c->rank[i].site;

		if (any && c->rank[i].key != c->rank[i - 1].key)
			break;
		if (fresh && c->used[site])
			continue;
		s = (struct offer_slot){ .site = site };
		if (!find_slot(c->q, &c->site[site], only, latest, share, &s))
			continue;
		*out = s;
		latest = s.start - 1;
		any = true;
	}
	return any;
}

static bool same_slot(const struct offer_slot *a, const struct offer_slot *b)
{
	return a->site == b->site && a->start == b->start && a->latest == b->latest &&
	       a->length == b->length && !memcmp(a->amount, b->amount, sizeof a->amount);
}

static void keep(struct choosing *c, const struct offer_slot *s, unsigned why)
{
	for (unsigned i = 0; i < c->count; i++)
		if (same_slot(&c->out[i], s)) {
			c->out[i].why |= why;
			return;
		}
	if (c->count == c->most)
		return;
	c->out[c->count] = *s;
	c->out[c->count++].why = why;
	c->used[s->site] = true;
}

/* Of the site at this place. */
typedef double (*key_fn)(const struct choosing *c, uint32_t place);

static double price_key(const struct choosing *c, uint32_t place)
{
	return c->placed[place].price;
}

static double bytes_key(const struct choosing *c, uint32_t place)
{
	return (double)c->placed[place].missing;
}

/* -1 before 0: the sites at which there can be most. */
static double size_key(const struct choosing *c, uint32_t place)
{
	uint64_t amount[TIMELINE_KINDS];

	if (!place_wish_more(c->site[c->placed[place].site].place, c->q->shape, 1, amount))
		return 0;
	return -(double)amount[PLACE_CORES] - (double)amount[PLACE_MEMORY] / 1e15;
}

/* For all that may be asked, as far as they differ without looking at time. */
static void put_in_places(struct choosing *c, uint32_t sites)
{
	c->ranks = 0;
	for (uint32_t i = 0; i < sites; i++) {
		struct offer_slot s = { .least = least_of(c->q, &c->q->shape->window[0]) };
		const struct offer_site *at = &c->site[i];

		if (at->out || !at->match->may || !place_wish(at->place, c->q->shape, s.amount))
			continue;
		price(at, &s);
		c->placed[c->ranks++] = (struct placed){ at->match->avoided, !at->match->preferred, s.price,
							 at->match->missing, i };
	}
	qsort(c->placed, c->ranks, sizeof *c->placed, by_place);
}

/* key NULL: by place alone. */
static void rank(struct choosing *c, key_fn key)
{
	for (uint32_t i = 0; i < c->ranks; i++)
		c->rank[i] = (struct ranked){ key ? key(c, i) : 0, i, c->placed[i].site };
	if (key)
		qsort(c->rank, c->ranks, sizeof *c->rank, by_key);
}

static bool wants_range(const struct shape *s)
{
	for (uint32_t i = 0; i < s->parts; i++)
		if (s->part[i].most_cores != s->part[i].cores ||
		    (s->part[i].memory && s->part[i].most_memory != s->part[i].memory))
			return true;
	return false;
}

static void choose_largest(struct choosing *c)
{
	static const double share[] = { 1, 0.5, 0.25 };
	struct offer_slot s;

	rank(c, size_key);
	for (size_t i = 0; i < sizeof share / sizeof *share; i++)
		if (search(c, -1, share[i], false, &s)) {
			keep(c, &s, OFFER_LARGEST);
			return;
		}
}

static void choose_all(struct choosing *c, uint32_t sites)
{
	const struct shape *shape = c->q->shape;
	struct offer_slot s;
	uint32_t first;

	put_in_places(c, sites);
	rank(c, NULL);
	if (!search(c, -1, 0, false, &s))
		return;
	keep(c, &s, OFFER_SOONEST);
	first = s.window;
	if (c->most == 1)
		return;
	rank(c, price_key);
	if (search(c, -1, 0, false, &s))
		keep(c, &s, OFFER_CHEAPEST);
	if (shape->datasets.count) {
		rank(c, bytes_key);
		if (search(c, -1, 0, false, &s))
			keep(c, &s, OFFER_NEAREST);
	}
	if (wants_range(shape))
		choose_largest(c);
	rank(c, NULL);
	for (uint32_t i = 0; shape->windows > 1 && i < shape->windows && c->count < c->most; i++)
		if (i != first && search(c, (int)i, 0, false, &s))
			keep(c, &s, OFFER_WINDOW);
	while (c->count < c->most && search(c, -1, 0, true, &s))
		keep(c, &s, OFFER_OTHER);
}

int offer_choose(const struct offer_ask *q, const struct offer_site *site, uint32_t sites,
		 struct offer_slot *out, unsigned most)
{
	struct choosing c = { .q = q, .site = site, .out = out, .most = most < OFFER_MOST ? most : OFFER_MOST };

	c.rank = malloc((sites + 1) * sizeof *c.rank);
	c.placed = malloc((sites + 1) * sizeof *c.placed);
	c.used = calloc(sites + 1, sizeof *c.used);
	if (c.rank && c.placed && c.used)
		choose_all(&c, sites);
	else
		c.count = UINT32_MAX;
	free(c.rank);
	free(c.placed);
	free(c.used);
	return (int)c.count;
}
