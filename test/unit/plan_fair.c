/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fair share: random users, groups, shares and lanes; jobs are given away one
 * after the other, and what each got has to follow the shares.  And the heaps
 * against looking at everything each time.
 */
#include "fair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "seed.h"
#include "tap.h"

enum { MOST = 40 };

struct world {
	struct fair_party party[MOST], mirror[MOST];
	struct fair_lane lane[MOST], left[MOST];
	uint32_t users, lanes, lefts;
};

static struct uuid id_of(uint64_t n)
{
	struct uuid id = { .b = { 0 } };

	for (int i = 0; i < 8; i++)
		id.b[i] = (uint8_t)(n >> (56 - 8 * i));
	return id;
}

/* --- which is first, by looking at all ---------------------------------------------- */

static double part(const struct fair_party *p)
{
	return p->used / p->share;
}

static uint32_t party_of(const struct fair_lane *l)
{
	return l->group == FAIR_NOBODY ? l->user : l->group;
}

/* Both of one priority and party. */
static bool before_inside(const struct world *w, const struct fair_lane *a, const struct fair_lane *b)
{
	double x = part(&w->mirror[a->user]), y = part(&w->mirror[b->user]);

	return x < y || (x <= y && uuid_cmp(&a->first, &b->first) < 0);
}

/* The first of all lanes that share priority and party with this one. */
static const struct uuid *stands_for(const struct world *w, const struct fair_lane *l)
{
	const struct fair_lane *first = l;

	for (const struct fair_lane *k = w->left; k < w->left + w->lefts; k++)
		if (k->priority == l->priority && party_of(k) == party_of(l) && before_inside(w, k, first))
			first = k;
	return &first->first;
}

/* Parties that used equally much go by the age of what each has first. */
static bool before(const struct world *w, const struct fair_lane *a, const struct fair_lane *b)
{
	uint32_t p = party_of(a), q = party_of(b);
	double x = part(&w->mirror[p]), y = part(&w->mirror[q]);

	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (p == q)
		return before_inside(w, a, b);
	return x < y || (x <= y && uuid_cmp(stands_for(w, a), stands_for(w, b)) < 0);
}

static uint32_t first_by_looking(const struct world *w)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < w->lefts; i++)
		if (before(w, &w->left[i], &w->left[best]))
			best = i;
	return best;
}

static void make(struct chance *c, struct world *w)
{
	uint32_t groups = (uint32_t)chance_below(c, 4);

	w->users = 1 + (uint32_t)chance_below(c, 6);
	for (uint32_t i = 0; i < w->users + groups; i++)
		w->party[i] = (struct fair_party){ (double)chance_below(c, 1000) / 7.0 + i * 1e-3,
						   1 + (double)chance_below(c, 50) / 10.0 };
	w->lanes = 1 + (uint32_t)chance_below(c, MOST - 1);
	for (uint32_t i = 0; i < w->lanes; i++) {
		uint32_t user = (uint32_t)chance_below(c, w->users);

		/* By the number of the user, so that each is in one group only. */
		w->lane[i] = (struct fair_lane){
			.priority = (int)chance_below(c, 3) - 1, .user = user,
			.group = user % (groups + 1) ? w->users + user % (groups + 1) - 1 : FAIR_NOBODY,
			.first = id_of(1000 + chance_below(c, 1000000) * 64 + i), .lane = i,
		};
	}
	memcpy(w->mirror, w->party, sizeof w->mirror);
	memcpy(w->left, w->lane, sizeof w->left);
	w->lefts = w->lanes;
}

static void charge(struct world *w, const struct fair_lane *l, double by)
{
	w->mirror[l->user].used += by;
	if (l->group != FAIR_NOBODY)
		w->mirror[l->group].used += by;
}

/* One random course; false: the heaps took another lane. */
static bool course(struct chance *c)
{
	static struct world w;
	struct fair f;
	uint64_t clock = 100000000;
	int64_t at;

	make(c, &w);
	if (!fair_begin(&f, w.party, w.lane, w.lanes))
		bail("out of memory");
	for (int steps = 0; (at = fair_first(&f)) >= 0; steps++) {
		uint32_t i = w.lefts ? first_by_looking(&w) : MOST;
		double by = (double)chance_below(c, 100) / 3.0 + 0.001;

		if (i == MOST || w.lane[at].lane != w.left[i].lane)
			return fair_end(&f), false;
		charge(&w, &w.left[i], by);
		if (steps < 100 && chance_below(c, 3)) {
			w.left[i].first = id_of(clock++);
			fair_again(&f, by, &w.left[i].first);
		} else {
			w.left[i] = w.left[--w.lefts];
			fair_drop(&f, by);
		}
	}
	fair_end(&f);
	return w.lefts == 0;
}

static void like_looking(void)
{
	uint64_t seed = chance_seed(), cases = chance_env("CASES", 20000), good = 0;

	for (uint64_t i = 0; i < cases; i++) {
		struct chance c = { seed + i };

		if (course(&c))
			good++;
		else
			note("seed %" PRIu64, seed + i);
	}
	ok(good == cases, "the heaps take the lane that a look at all takes, in %llu courses",
	   (unsigned long long)cases);
}

/* --- shares --------------------------------------------------------------------------- */

/* Users 0 to 3; 4 and 5 are groups of 0, 1 and of 2; 3 has none. */
static void converge(struct chance *c, double got[6], struct fair_party party[6])
{
	static const uint32_t group[] = { 4, 4, 5, FAIR_NOBODY };
	struct fair_lane lane[8];
	struct fair f;
	uint64_t clock = 1;

	for (int i = 0; i < 6; i++)
		party[i] = (struct fair_party){ 0, 0.5 + (double)chance_below(c, 80) / 10.0 };
	for (uint32_t i = 0; i < 8; i++)
		lane[i] = (struct fair_lane){ .user = i % 4, .group = group[i % 4], .first = id_of(clock++), .lane = i };
	memset(got, 0, 6 * sizeof *got);
	if (!fair_begin(&f, party, lane, 8))
		bail("out of memory");
	for (int n = 0; n < 20000; n++) {
		const struct fair_lane *l = &lane[fair_first(&f)];
		double by = 0.5 + (double)chance_below(c, 100) / 100.0;
		struct uuid next = id_of(clock++);

		got[l->user] += by;
		if (l->group != FAIR_NOBODY)
			got[l->group] += by;
		fair_again(&f, by, &next);
	}
	fair_end(&f);
}

static bool near(double a, double b)
{
	return fabs(a - b) < 0.01 * (a + b);
}

static void shares(void)
{
	uint64_t seed = chance_seed(), good = 0, cases = 50;

	for (uint64_t i = 0; i < cases; i++) {
		struct chance c = { seed + i };
		struct fair_party p[6];
		double got[6];

		converge(&c, got, p);
		if (near(got[4] / p[4].share, got[5] / p[5].share) &&
		    near(got[4] / p[4].share, got[3] / p[3].share) &&
		    near(got[0] / p[0].share, got[1] / p[1].share) && near(got[2], got[5]))
			good++;
		else
			note("seed %" PRIu64, seed + i);
	}
	ok(good == cases, "each got what its share says, groups among each other and users in their group");
}

static void order(void)
{
	struct fair_party p[] = { { 100, 1 }, { 0, 1 } };
	struct fair_lane l[] = {
		{ 0, 1, FAIR_NOBODY, id_of(1), 0 }, { 5, 0, FAIR_NOBODY, id_of(9), 1 },
		{ 0, 0, FAIR_NOBODY, id_of(2), 2 }, { 0, 0, FAIR_NOBODY, id_of(0), 3 },
	};
	static const uint32_t expected[] = { 1, 0, 3, 2 };
	struct fair f;

	ok(fair_begin(&f, p, l, 4), "begin");
	for (int i = 0; i < 4; i++) {
		is_int(l[fair_first(&f)].lane, expected[i], "place %d: priority, then use, then age", i);
		fair_drop(&f, 0);
	}
	is_int(fair_first(&f), -1, "and then there is none");
	fair_end(&f);
	ok(fair_begin(&f, p, l, 0) && fair_first(&f) == -1, "without lanes there is none at once");
	fair_end(&f);
}

int main(void)
{
	order();
	like_looking();
	shares();
	return done();
}
