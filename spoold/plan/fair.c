/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three levels of heaps: the parties of a priority, the users of a party, the
 * lanes of a user.  The lanes are sorted by priority, party, user, and so each
 * heap is a part of one of three arrays of indices.  Charging makes only those
 * later that are the first of their heaps, so one step down each is enough.
 */
#include "fair.h"

#include <stdlib.h>

#include "heap.h"

static uint32_t party_of(const struct fair_lane *l)
{
	return l->group == FAIR_NOBODY ? l->user : l->group;
}

static int compare(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int by_place(const void *a, const void *b)
{
	const struct fair_lane *x = a, *y = b;
	int c;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	if ((c = compare(party_of(x), party_of(y))))
		return c;
	return (c = compare(x->user, y->user)) ? c : uuid_cmp(&x->first, &y->first);
}

/* --- who goes before whom ---------------------------------------------------------- */

/* Each compares two indices, as a heap_before of the fair. */

static bool lane_before(const void *a, const void *b, const void *fair)
{
	const struct fair_lane *lane = ((const struct fair *)fair)->lane;

	return uuid_cmp(&lane[*(const uint32_t *)a].first, &lane[*(const uint32_t *)b].first) < 0;
}

static double part(const struct fair *f, uint32_t party)
{
	return f->party[party].used / f->party[party].share;
}

/* Where the first lane of a user stands, and the first user of a party. */
static const uint32_t *lane_of(const struct fair *f, const struct fair_user *u)
{
	return &f->lanes[u->from];
}

static const struct fair_user *user_of(const struct fair *f, const struct fair_top *t)
{
	return &f->user[f->users[t->from]];
}

static bool user_before(const void *a, const void *b, const void *fair)
{
	const struct fair *f = fair;
	const struct fair_user *u = &f->user[*(const uint32_t *)a], *v = &f->user[*(const uint32_t *)b];
	double x = part(f, u->party), y = part(f, v->party);

	return x < y || (x <= y && lane_before(lane_of(f, u), lane_of(f, v), f));
}

static bool top_before(const void *a, const void *b, const void *fair)
{
	const struct fair *f = fair;
	const struct fair_top *t = &f->top[*(const uint32_t *)a], *s = &f->top[*(const uint32_t *)b];
	double x = part(f, t->party), y = part(f, s->party);

	return x < y || (x <= y && lane_before(lane_of(f, user_of(f, t)), lane_of(f, user_of(f, s)), f));
}

static void down(const struct fair *f, uint32_t *item, uint32_t count, heap_before *before)
{
	heap_down(item, sizeof *item, count, 0, before, f);
}

/* --- building ------------------------------------------------------------------------ */

/* Sorted by id already, the lanes of a user are a heap. */
static void group_lanes(struct fair *f, uint32_t n)
{
	uint32_t users = 0, tops = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct fair_lane *l = &f->lane[i], *last = i ? l - 1 : NULL;
		bool new_top = !last || last->priority != l->priority || party_of(last) != party_of(l);

		f->lanes[i] = i;
		if (new_top) {
			f->top[tops] = (struct fair_top){ party_of(l), users, 0, l->priority };
			f->tops[tops] = tops;
			tops++;
		}
		if (new_top || last->user != l->user) {
			f->user[users] = (struct fair_user){ l->user, i, 0 };
			f->users[users] = users;
			f->top[tops - 1].count++;
			users++;
		}
		f->user[users - 1].count++;
	}
	f->all_tops = tops;
}

/* The parties of the next priority.  They are put in order only now: what the
 * higher ones were charged counts for them. */
static void next_band(struct fair *f)
{
	uint32_t from = f->band, to = from;

	while (to < f->all_tops && f->top[to].priority == f->top[from].priority) {
		heap_make(f->users + f->top[to].from, sizeof *f->users, f->top[to].count, user_before, f);
		to++;
	}
	f->band_count = to - from;
	heap_make(f->tops + from, sizeof *f->tops, f->band_count, top_before, f);
}

bool fair_begin(struct fair *f, struct fair_party *party, struct fair_lane *lane, uint32_t n)
{
	*f = (struct fair){ .party = party, .lane = lane };
	f->user = malloc((n + 1) * sizeof *f->user);
	f->top = malloc((n + 1) * sizeof *f->top);
	f->lanes = malloc((3 * (size_t)n + 1) * sizeof *f->lanes);
	if (!f->user || !f->top || !f->lanes) {
		fair_end(f);
		return false;
	}
	f->users = f->lanes + n;
	f->tops = f->users + n;
	qsort(lane, n, sizeof *lane, by_place);
	group_lanes(f, n);
	next_band(f);
	return true;
}

void fair_end(struct fair *f)
{
	free(f->user);
	free(f->top);
	free(f->lanes);
	*f = (struct fair){ 0 };
}

/* --- going on ------------------------------------------------------------------------- */

int64_t fair_first(struct fair *f)
{
	if (!f->band_count)
		return -1;
	return *lane_of(f, user_of(f, &f->top[f->tops[f->band]]));
}

static void charge_both(struct fair *f, const struct fair_lane *l, double charge)
{
	f->party[l->user].used += charge;
	if (l->group != FAIR_NOBODY)
		f->party[l->group].used += charge;
}

static void drop_root(uint32_t *item, uint32_t *count)
{
	item[0] = item[--*count];
}

void fair_again(struct fair *f, double charge, const struct uuid *first)
{
	struct fair_top *t = &f->top[f->tops[f->band]];
	struct fair_user *u = &f->user[f->users[t->from]];
	struct fair_lane *l = &f->lane[f->lanes[u->from]];

	charge_both(f, l, charge);
	l->first = *first;
	down(f, f->lanes + u->from, u->count, lane_before);
	down(f, f->users + t->from, t->count, user_before);
	down(f, f->tops + f->band, f->band_count, top_before);
}

void fair_drop(struct fair *f, double charge)
{
	struct fair_top *t = &f->top[f->tops[f->band]];
	struct fair_user *u = &f->user[f->users[t->from]];

	charge_both(f, &f->lane[f->lanes[u->from]], charge);
	drop_root(f->lanes + u->from, &u->count);
	if (u->count)
		down(f, f->lanes + u->from, u->count, lane_before);
	else
		drop_root(f->users + t->from, &t->count);
	if (t->count)
		down(f, f->users + t->from, t->count, user_before);
	else
		drop_root(f->tops + f->band, &f->band_count);
	if (f->band_count) {
		down(f, f->tops + f->band, f->band_count, top_before);
		return;
	}
	while (f->band < f->all_tops && !f->top[f->band].count)
		f->band++;
	if (f->band < f->all_tops)
		next_band(f);
}

