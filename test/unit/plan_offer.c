/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offer.h and place.h: random requests at a few busy sites.
 *
 * A case is one thing that is done: offers are made and held, one is accepted
 * and the others rejected, all expire, a session is cancelled, or a fact comes
 * in the way.  Of each offer it is checked that it breaks no bound that was
 * stated, that the soonest is as soon as a search through every instant says,
 * and that nothing is promised twice; in the end, when all are given back in
 * any order, the timelines are as if none had ever been.  A history that fails is
 * shrunk, and then told.
 */
#include <stdio.h>
#include <string.h>

#include "offer.h"
#include "plan_shrink.h"

enum { SITES = 3, WINDOWS = 2, HELD = 24, STEPS = 12, LAST = 60, MEMORY = PLACE_MEMORY, CORES = PLACE_CORES };

struct held { uint32_t site; int64_t from, to; uint64_t amount[2]; timeline_handle handle; bool fact; };

struct world {
	struct place place[SITES];
	uint64_t capacity[SITES][2];
	struct held held[HELD];
	unsigned count;
	int64_t now;
};

struct wish {
	struct shape shape;
	struct shape_part part;
	struct shape_window window[WINDOWS];
	struct match match[SITES];
	struct offer_site site[SITES];
	struct offer_ask ask;
	unsigned most;
};

static char why[200];
#define FAIL(...) (snprintf(why, sizeof why, __VA_ARGS__), false)
#define TELL(...) do { if (shrink_telling) note(__VA_ARGS__); } while (0)

/* --- a world, and what is wished of it ------------------------------------------------ */

static void make_world(struct chance *c, struct world *w)
{
	struct timeline_broken none;

	memset(w, 0, sizeof *w);
	for (int i = 0; i < SITES; i++) {
		struct site_flavour f[2] = { { NULL, 2, 2 }, { NULL, 4, 3 } };
		struct site_doc doc = { .cores = (uint32_t)chance_from(c, 1, 8), .memory = chance_below(c, 9),
					.pull_cores = UINT32_MAX, .pull_jobs = 9, .pull_memory = UINT64_MAX };

		if (chance_below(c, 3) == 0) {
			doc.flavour = f;
			doc.flavours = 1 + (uint32_t)chance_below(c, 2);
		}
		if (place_learn(&w->place[i], &doc, 0, &none, NULL) < 0)
			bail("place_learn");
		w->capacity[i][0] = doc.cores;
		w->capacity[i][1] = doc.memory;
		TELL("site %d has %u cores, %u memory, %u flavours", i, doc.cores, (unsigned)doc.memory, doc.flavours);
	}
}

static void make_wish(struct chance *c, struct world *w, struct wish *q)
{
	memset(q, 0, sizeof *q);
	q->part = (struct shape_part){ .replicas = 1 + (uint32_t)chance_below(c, 2),
				       .cores = 1 + (uint32_t)chance_below(c, 3), .memory = chance_below(c, 3) };
	if (chance_below(c, 2))
		q->part.most_cores = q->part.cores + (uint32_t)chance_below(c, 4);
	if (q->part.memory && chance_below(c, 2))
		q->part.most_memory = q->part.memory + chance_below(c, 4);
	q->shape = (struct shape){ .part = &q->part, .parts = 1, .window = q->window,
				   .windows = 1 + (uint32_t)chance_below(c, WINDOWS) };
	q->shape.demand.cores = q->part.cores * q->part.replicas;
	q->shape.demand.memory = q->part.memory * q->part.replicas;
	for (uint32_t i = 0; i < q->shape.windows; i++) {
		struct shape_window *win = &q->window[i];

		win->earliest = chance_from(c, 0, 30);
		win->latest = chance_below(c, 4) ? win->earliest + chance_from(c, 0, 12) : INT64_MAX;
		win->min = chance_below(c, 3) ? chance_from(c, 1, 8) : 0;
		win->max = chance_below(c, 2) ? win->min + chance_from(c, win->min ? 0 : 1, 6) : 0;
	}
	for (int i = 0; i < SITES; i++) {
		q->match[i] = (struct match){ .may = chance_below(c, 8) > 0, .preferred = chance_below(c, 2),
					      .missing = chance_below(c, 3) };
		q->site[i] = (struct offer_site){ .place = &w->place[i], .match = &q->match[i],
						  .prices = { (double)chance_below(c, 3), 0, 0, 0, 0 },
						  .ready = w->now + chance_from(c, 0, 4) };
		if (chance_below(c, 2))
			q->site[i].last = w->now + chance_from(c, 0, 9);
	}
	q->ask = (struct offer_ask){ &q->shape, w->now, w->now + chance_from(c, 0, 5), 5 };
	q->most = 1 + (unsigned)chance_below(c, 5);
}

static void tell_wish(const struct wish *q)
{
	TELL("asked at %d, to expire at %d, %u at most: %u x %u to %u cores, %u to %u memory", (int)q->ask.now,
	     (int)q->ask.expires, q->most, q->part.replicas, q->part.cores, q->part.most_cores,
	     (unsigned)q->part.memory, (unsigned)q->part.most_memory);
	for (uint32_t i = 0; i < q->shape.windows; i++)
		TELL("  from %d to %" PRId64 ", for %d to %d", (int)q->window[i].earliest, q->window[i].latest,
		     (int)q->window[i].min, (int)q->window[i].max);
	for (int i = 0; i < SITES; i++)
		TELL("  site %d %s, ready at %d, at last at %d, price %g, to fetch %u", i,
		     q->match[i].may ? "may" : "may not", (int)q->site[i].ready, (int)q->site[i].last, q->site[i].prices.core_hour, (unsigned)q->match[i].missing);
}

/* --- what has to hold -------------------------------------------------------------------- */

static uint64_t load(const struct world *w, uint32_t site, unsigned kind, int64_t t)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < w->count; i++)
		if (w->held[i].site == site && w->held[i].from <= t && t < w->held[i].to)
			sum += w->held[i].amount[kind];
	return sum;
}

/* From this instant on nothing is held. */
static int64_t all_free(const struct world *w)
{
	int64_t t = LAST;

	for (unsigned i = 0; i < w->count; i++)
		t = w->held[i].to > t ? w->held[i].to : t;
	return t;
}

static bool room(const struct world *w, uint32_t site, const uint64_t *amount, int64_t from, int64_t to)
{
	for (int64_t t = from, free = all_free(w); t < to && t < free; t++)
		for (unsigned k = 0; k < 2; k++)
			if (amount[k] && load(w, site, k, t) + amount[k] > w->capacity[site][k])
				return false;
	return true;
}

static int64_t least_of(const struct wish *q, const struct shape_window *win)
{
	return win->min ? win->min : win->max ? win->max : q->ask.length;
}

/* Of what starts when it is accepted. */
static int64_t last_start(const struct wish *q, uint32_t site)
{
	return q->site[site].last > q->ask.expires ? q->site[site].last : q->ask.expires;
}

/* The first instant at which somebody could start it, by looking at all. */
static int64_t first_start(const struct world *w, const struct wish *q)
{
	for (int64_t t = w->now, last = all_free(w); t <= last; t++)
		for (uint32_t s = 0; s < SITES; s++)
			for (uint32_t i = 0; q->match[s].may && i < q->shape.windows; i++) {
				const struct shape_window *win = &q->window[i];
				int64_t from = win->earliest > q->site[s].ready ? win->earliest : q->site[s].ready;
				int64_t to = t + least_of(q, win);
				uint64_t amount[TIMELINE_KINDS];

				/* What starts before it expires is held from the beginning
				 * of its window on until then, and for its length. */
				if (t < last_start(q, s))
					to += last_start(q, s) - from;
				if (t >= from && t <= win->latest && place_wish(&w->place[s], &q->shape, amount) &&
				    room(w, s, amount, t, to))
					return t;
			}
	return -1;
}

static bool bounds(const struct wish *q, const struct offer_slot *s)
{
	const struct shape_window *win = &q->window[s->window];
	uint32_t n = q->part.replicas;

	if (s->start < win->earliest || s->start < q->site[s->site].ready || s->latest > win->latest ||
	    s->latest < s->start || (s->latest > s->start && s->latest > last_start(q, s->site)))
		return FAIL("starts from %d to %d", (int)s->start, (int)s->latest);
	if (s->length < least_of(q, win) || (win->max && s->length > win->max))
		return FAIL("takes %d", (int)s->length);
	if (s->amount[CORES] < (uint64_t)q->part.cores * n || s->amount[MEMORY] < q->part.memory * n)
		return FAIL("less than the least");
	if ((q->part.most_cores && s->amount[CORES] > (uint64_t)q->part.most_cores * n) ||
	    (q->part.most_memory && s->amount[MEMORY] > q->part.most_memory * n))
		return FAIL("more than the most");
	return q->match[s->site].may || FAIL("where it may not");
}

/* What is taken of each kind at each instant. */
static void loads(const struct world *w, uint32_t site, uint64_t sum[LAST + 1][2])
{
	memset(sum, 0, (LAST + 1) * sizeof *sum);
	for (unsigned i = 0; i < w->count; i++)
		for (int64_t t = w->held[i].from; w->held[i].site == site && t < w->held[i].to && t <= LAST; t++)
			for (unsigned k = 0; k < 2; k++)
				sum[t][k] += w->held[i].amount[k];
}

static bool consistent_at(const struct world *w, uint32_t site)
{
	uint64_t sum[LAST + 1][2], vacant[TIMELINE_KINDS];
	int64_t until = 0;

	loads(w, site, sum);
	for (int64_t t = 0; t <= LAST; t++) {
		if (t == until)
			timeline_free_at(&w->place[site].line, t, vacant, &until);
		for (unsigned k = 0; k < 2; k++) {
			uint64_t has = w->capacity[site][k], rest = sum[t][k] < has ? has - sum[t][k] : 0;

			if (vacant[k] != rest)
				return FAIL("at %d site %u has %u of %u free, expected %u", (int)t, site,
					    (unsigned)vacant[k], k, (unsigned)rest);
		}
	}
	return true;
}

static bool consistent(const struct world *w)
{
	for (uint32_t s = 0; s < SITES; s++)
		if (!consistent_at(w, s))
			return false;
	return true;
}

/* --- what is done ------------------------------------------------------------------------------ */

static void forget(struct world *w, unsigned i)
{
	TELL("what is held at site %u from %d to %d is given back", w->held[i].site, (int)w->held[i].from,
	     (int)w->held[i].to);
	place_give_back(&w->place[w->held[i].site], &w->held[i].handle);
	w->held[i] = w->held[--w->count];
}

static bool hold(struct world *w, const struct offer_slot *s, bool must)
{
	struct place_take k = { .from = s->start, .to = offer_held_until(s), .standing = PLACE_OFFERED };
	struct held *new = &w->held[w->count];
	int r;

	TELL("offered: %u cores, %u memory at site %u, from %d to %d, for %d; held until %d",
	     (unsigned)s->amount[CORES], (unsigned)s->amount[MEMORY], s->site, (int)s->start, (int)s->latest,
	     (int)s->length, (int)k.to);
	memcpy(k.amount, s->amount, sizeof k.amount);
	*new = (struct held){ s->site, k.from, k.to, { s->amount[CORES], s->amount[MEMORY] }, 0, false };
	r = place_take(&w->place[s->site], &k, &new->handle, NULL);
	if (r < 0 || (r > 0 && must))
		return FAIL("an offer does not fit");
	w->count += r == 0;
	return true;
}

static bool ask(struct chance *c, struct world *w)
{
	struct offer_slot slot[OFFER_MOST];
	struct wish q;
	int64_t first;
	int n;

	make_wish(c, w, &q);
	tell_wish(&q);
	first = first_start(w, &q);
	n = offer_choose(&q.ask, q.site, SITES, slot, q.most);
	if (n < 0 || n > (int)q.most || (n == 0) != (first < 0))
		return FAIL("%d offers, the first could start at %d", n, (int)first);
	for (int i = 0; i < n; i++)
		if (!bounds(&q, &slot[i]) ||
		    !room(w, slot[i].site, slot[i].amount, slot[i].start, offer_held_until(&slot[i])))
			return why[0] ? false : FAIL("offer %d is not free", i);
	if (n && slot[0].start != first)
		return FAIL("the soonest starts at %d, expected %d", (int)slot[0].start, (int)first);
	for (int i = 0; i < n && w->count < HELD; i++)
		if (!hold(w, &slot[i], i == 0))
			return false;
	return true;
}

/* It starts when it is accepted, and ends earlier than it could have. */
static void accept(struct chance *c, struct world *w)
{
	struct held *it = &w->held[chance_below(c, w->count)];
	int64_t to = it->to - chance_from(c, 0, 2);
	struct place_holder me = { 1, 0, 0 };

	if (it->fact || to <= it->from)
		return;
	TELL("what is held at site %u from %d to %d is accepted, and ends at %d", it->site, (int)it->from,
	     (int)it->to, (int)to);
	place_firm(&w->place[it->site], it->handle, PLACE_AGREED, me, NULL);
	place_end(&w->place[it->site], &it->handle, to);
	it->to = to;
}

static bool fact(struct chance *c, struct world *w)
{
	struct timeline_broken broken;
	struct held *it = &w->held[w->count];
	struct place_take k = { .from = chance_from(c, 0, 30), .standing = PLACE_FACT };

	*it = (struct held){ .site = (uint32_t)chance_below(c, SITES), .fact = true };
	k.to = k.from + chance_from(c, 1, 9);
	k.amount[CORES] = chance_below(c, 5);
	it->from = k.from;
	it->to = k.to;
	it->amount[0] = k.amount[CORES];
	TELL("%u cores of site %u are gone from %d to %d", (unsigned)k.amount[CORES], it->site, (int)k.from, (int)k.to);
	if (place_impose(&w->place[it->site], &k, &it->handle, &broken, NULL) < 0)
		return FAIL("place_impose");
	w->count++;
	for (size_t b = 0; b < broken.entries; b++)
		for (unsigned i = 0; i < w->count; i++)
			if (w->held[i].handle == broken.entry[b].handle && w->held[i].site == it->site) {
				w->held[i] = w->held[--w->count];
				break;
			}
	free(broken.entry);
	return true;
}

static bool one_thing(struct chance *c, struct world *w)
{
	switch (chance_below(c, 6)) {
	case 0:
		if (w->count)
			forget(w, (unsigned)chance_below(c, w->count));
		return true;
	case 1:
		if (w->count)
			accept(c, w);
		return true;
	case 2:
		return w->count < HELD ? fact(c, w) : true;
	case 3:
		w->now += chance_from(c, 0, 3);
		return true;
	default:
		return ask(c, w);
	}
}

static bool empty(struct chance *c, struct world *w)
{
	while (w->count)
		forget(w, (unsigned)chance_below(c, w->count));
	for (int i = 0; i < SITES; i++)
		if (w->place[i].line.entries || w->place[i].line.load.steps || w->place[i].taken[0] ||
		    w->place[i].taken[1])
			return FAIL("something is left");
	return consistent(w);
}

static bool passes(struct chance *c)
{
	struct world w;
	bool good = true;

	why[0] = '\0';
	make_world(c, &w);
	for (unsigned i = 0; good && i < STEPS; i++)
		good = one_thing(c, &w) && consistent(&w);
	good = good && empty(c, &w);
	for (int i = 0; i < SITES; i++)
		place_free(&w.place[i]);
	return good;
}

int main(void)
{
	static const unsigned steps = STEPS;

	ok_cases(passes, 1000000, &steps, why, "random things done with offers");
	return done();
}
