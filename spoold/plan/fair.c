/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three levels of heaps: the parties of a priority, the users of a party, the
 * lanes of a user.  The lanes are sorted by priority, party, user, and so each
 * heap is a part of one of three arrays of indices.  Charging makes only those
 * later that are the first of their heaps, so one step down each is enough.
 */
#include "fair.h"

#include <stdlib.h>

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

typedef bool (*before_fn)(const struct fair *f, uint32_t a, uint32_t b);

static bool lane_before(const struct fair *f, uint32_t a, uint32_t b)
{
	return uuid_cmp(&f->lane[a].first, &f->lane[b].first) < 0;
}

static double part(const struct fair *f, uint32_t party)
{
	return f->party[party].used / f->party[party].share;
}

static uint32_t lane_of_user(const struct fair *f, uint32_t u)
{
	return f->lanes[f->user[u].from];
}

static bool user_before(const struct fair *f, uint32_t a, uint32_t b)
{
	double x = part(f, f->user[a].party), y = part(f, f->user[b].party);

	if (x < y || y < x)
		return x < y;
	return lane_before(f, lane_of_user(f, a), lane_of_user(f, b));
}

static bool top_before(const struct fair *f, uint32_t a, uint32_t b)
{
	double x = part(f, f->top[a].party), y = part(f, f->top[b].party);

	if (x < y || y < x)
		return x < y;
	return lane_before(f, lane_of_user(f, f->users[f->top[a].from]),
			   lane_of_user(f, f->users[f->top[b].from]));
}

static void sift_down(const struct fair *f, uint32_t *item, uint32_t count, uint32_t i, before_fn before)
{
	for (;;) {
		uint32_t least = i, tmp;

		for (uint32_t k = 2 * i + 1; k <= 2 * i + 2 && k < count; k++)
			if (before(f, item[k], item[least]))
				least = k;
		if (least == i)
			return;
		tmp = item[i];
		item[i] = item[least];
		item[least] = tmp;
		i = least;
	}
}

static void heapify(const struct fair *f, uint32_t *item, uint32_t count, before_fn before)
{
	for (uint32_t i = count / 2; i-- > 0;)
		sift_down(f, item, count, i, before);
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
		heapify(f, f->users + f->top[to].from, f->top[to].count, user_before);
		to++;
	}
	f->band_count = to - from;
	heapify(f, f->tops + from, f->band_count, top_before);
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
	return lane_of_user(f, f->users[f->top[f->tops[f->band]].from]);
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
	sift_down(f, f->lanes + u->from, u->count, 0, lane_before);
	sift_down(f, f->users + t->from, t->count, 0, user_before);
	sift_down(f, f->tops + f->band, f->band_count, 0, top_before);
}

void fair_drop(struct fair *f, double charge)
{
	struct fair_top *t = &f->top[f->tops[f->band]];
	struct fair_user *u = &f->user[f->users[t->from]];

	charge_both(f, &f->lane[f->lanes[u->from]], charge);
	drop_root(f->lanes + u->from, &u->count);
	if (u->count)
		sift_down(f, f->lanes + u->from, u->count, 0, lane_before);
	else
		drop_root(f->users + t->from, &t->count);
	if (t->count)
		sift_down(f, f->users + t->from, t->count, 0, user_before);
	else
		drop_root(f->tops + f->band, &f->band_count);
	if (f->band_count) {
		sift_down(f, f->tops + f->band, f->band_count, 0, top_before);
		return;
	}
	while (f->band < f->all_tops && !f->top[f->band].count)
		f->band++;
	if (f->band < f->all_tops)
		next_band(f);
}

