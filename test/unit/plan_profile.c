/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timelines with thousands of entries: a search that passes by whole nodes
 * finds what one finds that reads every leaf, and what a sweep over the
 * entries' ends finds that knows nothing of trees.
 */
#include <stdio.h>
#include <string.h>

#include "seed.h"
#include "plan_tree.h"
#include "timeline.h"

enum { KINDS = 4, ENTRIES = 3000, READ_ALL = 255 };

struct world {
	struct chance chance;
	struct timeline t;
	timeline_handle handle[ENTRIES];
	unsigned entries;
	int64_t horizon;
	timeline_handle outage;		/* 0: none now */
};

static const uint64_t capacity[KINDS] = { 100, 400, 100000, 8 };

/* --- a sweep -------------------------------------------------------------------- */

struct end { int64_t at; int64_t change[KINDS]; };

static int by_instant(const void *a, const void *b)
{
	int64_t x = ((const struct end *)a)->at, y = ((const struct end *)b)->at;

	return (x > y) - (x < y);
}

static size_t all_ends(const struct timeline *t, struct end *end)
{
	struct timeline_entry e;
	uint32_t cursor = 0;
	size_t n = 0;

	while (timeline_next(t, &cursor, &e)) {
		end[n].at = e.from;
		end[n + 1].at = e.to;
		for (unsigned k = 0; k < KINDS; k++) {
			end[n].change[k] = (int64_t)e.amount[k];
			end[n + 1].change[k] = -(int64_t)e.amount[k];
		}
		n += 2;
	}
	qsort(end, n, sizeof *end, by_instant);
	return n;
}

/* The earliest start, or TIMELINE_END. */
static int64_t sweep(const struct timeline *t, const uint64_t *demand, const struct timeline_window *w)
{
	static struct end end[2 * ENTRIES + 2];
	size_t n = all_ends(t, end), i = 0;
	int64_t load[KINDS] = { 0 }, start = w->earliest;

	for (;;) {
		bool good = true;
		int64_t until = start;

		for (; i < n && end[i].at <= start; i++)
			for (unsigned k = 0; k < KINDS; k++)
				load[k] += end[i].change[k];
		while (until < TIMELINE_END) {	/* is the load from `until` on good? */
			for (unsigned k = 0; k < KINDS; k++)
				good &= !demand[k] || load[k] + (int64_t)demand[k] <= t->capacity[k];
			if (!good)
				break;
			until = i < n ? end[i].at : TIMELINE_END;
			if (until - start >= w->duration)
				return start <= w->latest ? start : TIMELINE_END;
			for (; i < n && end[i].at == until; i++)
				for (unsigned k = 0; k < KINDS; k++)
					load[k] += end[i].change[k];
		}
		if (i == n)
			return TIMELINE_END;
		start = end[i].at;
		if (start > w->latest)
			return TIMELINE_END;
	}
}

/* --- random worlds ---------------------------------------------------------------- */

static void random_demand(struct chance *c, uint64_t *demand)
{
	memset(demand, 0, TIMELINE_KINDS * sizeof *demand);
	demand[0] = 1 + chance_below(c, chance_below(c, 3) ? 12 : capacity[0]);
	demand[1] = demand[0] * (1 + chance_below(c, 4));
	demand[2] = chance_below(c, 2) ? 0 : chance_below(c, 3000);
	demand[3] = chance_below(c, 6) ? 0 : 1 + chance_below(c, capacity[3]);
}

static struct timeline_window random_window(struct world *w)
{
	struct timeline_window window = {
		.earliest = chance_below(&w->chance, 3) ? 0 : chance_from(&w->chance, 0, w->horizon),
		.latest = TIMELINE_END,
		.duration = chance_from(&w->chance, 1, chance_below(&w->chance, 2) ? 40 : 400),
	};

	if (!chance_below(&w->chance, 4))
		window.latest = window.earliest + chance_from(&w->chance, -2, w->horizon / 2);
	return window;
}

/* One more, where it fits first. */
static void put_one(struct world *w)
{
	struct timeline_entry e = { .owner = w->entries, .standing = TIMELINE_PROMISE };
	struct timeline_window window = random_window(w);
	struct timeline_found found;

	if (w->entries == ENTRIES)
		return;
	random_demand(&w->chance, e.amount);
	if (!timeline_fit(&w->t, e.amount, &window, 1, &found))
		return;
	e.from = found.start;
	e.to = found.start + window.duration;
	if (e.to > w->horizon)
		w->horizon = e.to;
	if (timeline_take(&w->t, &e, &w->handle[w->entries], NULL) != 0)
		bail("what fits cannot be taken");
	w->entries++;
}

static void remove_one(struct world *w)
{
	unsigned i = (unsigned)chance_below(&w->chance, w->entries);

	timeline_give_back(&w->t, w->handle[i], NULL);
	w->handle[i] = w->handle[--w->entries];
}

static void shorten_one(struct world *w)
{
	timeline_handle h = w->handle[chance_below(&w->chance, w->entries)];
	struct timeline_entry e;

	if (timeline_entry(&w->t, h, &e) && e.to - e.from > 1)
		timeline_shorten(&w->t, h, chance_from(&w->chance, e.from + 1, e.to - 1), NULL);
}

/* Something small that lasts so long that it is added to whole nodes; or its end. */
static void toggle_outage(struct world *w)
{
	struct timeline_entry e = { .from = chance_from(&w->chance, 0, w->horizon / 2) };
	struct timeline_broken broken;

	if (w->outage) {
		timeline_give_back(&w->t, w->outage, NULL);
		w->outage = 0;
		return;
	}
	e.to = e.from + w->horizon / 3;
	random_demand(&w->chance, e.amount);
	if (timeline_impose(&w->t, &e, &w->outage, &broken, NULL) < 0)
		bail("timeline_impose failed");
	for (size_t b = 0; b < broken.entries; b++)
		for (unsigned i = 0; i < w->entries; i++)
			if (w->handle[i] == broken.entry[b].handle)
				w->handle[i] = w->handle[--w->entries];
	free(broken.entry);
}

/* Does the search find the same in every way? */
static bool same_start(struct world *w, const uint64_t *demand, const struct timeline_window *window,
		       bool sweep_too)
{
	struct timeline_found quick = { TIMELINE_END, 0 }, slow = { TIMELINE_END, 0 };
	uint8_t calm = w->t.load.calm;

	timeline_fit(&w->t, demand, window, 1, &quick);
	w->t.load.calm = READ_ALL;
	timeline_fit(&w->t, demand, window, 1, &slow);
	w->t.load.calm = calm;
	if (quick.start == slow.start && (!sweep_too || sweep(&w->t, demand, window) == slow.start))
		return true;
	note("quick %" PRId64 ", slow %" PRId64 ", sweep %" PRId64, quick.start, slow.start,
	     sweep(&w->t, demand, window));
	return false;
}

static bool step(struct world *w, unsigned i)
{
	uint64_t demand[TIMELINE_KINDS];
	struct timeline_window window = random_window(w);

	switch (chance_below(&w->chance, 8)) {
	case 0:
	case 1:
		put_one(w);
		break;
	case 3:
		if (!chance_below(&w->chance, 8))
			toggle_outage(w);
		break;
	case 4:
		remove_one(w);
		break;
	case 5:
		shorten_one(w);
		break;
	default:
		break;
	}
	random_demand(&w->chance, demand);
	return same_start(w, demand, &window, i % 50 == 0);
}

static void test_world(struct chance *c, unsigned steps, uint8_t calm, uint8_t patience)
{
	struct world w = { .chance = { .state = chance_next(&c->state) }, .horizon = 1000 };
	uint32_t marks;
	bool same = true;

	if (timeline_init(&w.t, KINDS, capacity, NULL) < 0)
		bail("timeline_init failed");
	w.t.load.calm = calm;
	w.t.load.patience = patience;
	for (unsigned tries = 0; w.entries < ENTRIES && tries < 2 * ENTRIES; tries++)
		put_one(&w);
	for (unsigned i = 0; same && i < steps; i++)
		same = step(&w, i);
	ok(same, "%u searches among %u entries in %d leaves", steps, w.entries, w.t.load.leaves);
	if (w.outage)
		toggle_outage(&w);
	marks = 2 * w.entries;
	is_str(plan_tree_wrong(&w.t.load, marks), NULL, "the tree is sound");
	while (w.entries)
		remove_one(&w);
	ok(!w.t.load.steps && w.t.load.leaves < 8, "nothing is left, but %d leaves", w.t.load.leaves);
	timeline_free(&w.t);
}

/* --- combs -------------------------------------------------------------------------- */

/* Every 100 instants something is taken for so long. */
static void make_comb(struct timeline *t, unsigned teeth, int64_t length, const uint64_t *even,
		      const uint64_t *odd)
{
	timeline_handle h;

	if (timeline_init(t, KINDS, capacity, NULL) < 0)
		bail("timeline_init failed");
	for (unsigned i = 0; i < teeth; i++) {
		struct timeline_entry e = { .from = 100 * i, .to = 100 * i + length,
					    .standing = TIMELINE_PROMISE };

		memcpy(e.amount, i & 1 ? odd : even, KINDS * sizeof *e.amount);
		if (timeline_take(t, &e, &h, NULL) != 0)
			bail("a tooth does not fit");
	}
}

/* The first start for each duration up to one that no gap is long enough for. */
static void test_comb(const char *name, const uint64_t *even, const uint64_t *odd, const uint64_t *demand)
{
	enum { TEETH = 4000, LENGTH = 60, GAP = 40 };
	struct timeline t;
	bool same = true;

	make_comb(&t, TEETH, LENGTH, even, odd);
	for (int64_t d = GAP - 3; same && d < GAP + 30; d++)
		for (int64_t from = 0; from < 3; from++) {
			struct timeline_window w = { from * 7777, TIMELINE_END, d };
			struct timeline_found f = { -1, 0 };
			int64_t gap = w.earliest / 100 * 100 + LENGTH;
			int64_t expected = d > GAP ? 100 * (TEETH - 1) + LENGTH :
				gap + GAP - d >= w.earliest && w.earliest > gap ? w.earliest :
				w.earliest > gap ? gap + 100 : gap;

			timeline_fit(&t, demand, &w, 1, &f);
			if (f.start == expected)
				continue;
			note("for %d from %d: %" PRId64 ", expected %" PRId64, (int)d, (int)w.earliest,
			     f.start, expected);
			same = false;
		}
	ok(same, "a comb %s", name);
	timeline_free(&t);
}

int main(void)
{
	struct chance c = { .state = chance_seed() };
	unsigned steps = (unsigned)chance_env("CASES", 10000);
	static const uint64_t all[KINDS] = { 100, 400 }, cores[KINDS] = { 100 }, memory[KINDS] = { 0, 400 },
			      most[KINDS] = { 92 }, nine[KINDS] = { 9, 1 }, one[KINDS] = { 1, 1 };

	test_world(&c, steps, 0, 0);
	test_world(&c, steps, 0, 1);
	test_world(&c, steps, 4, 1);
	test_comb("of all there is", all, all, one);
	test_comb("of two kinds in turns", cores, memory, all);
	test_comb("that nearly leaves enough", most, most, nine);
	return done();
}
