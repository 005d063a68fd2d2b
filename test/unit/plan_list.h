/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_list - a timeline that is nothing but a list of its entries.
 *
 * Slow and plain, to be compared with: it answers by looking at every entry
 * at every instant, as timeline.h says it.  Instants are 0 to LIST_LAST, which
 * also stands for all that follows; -1 stands for all before 0.
 */
#ifndef TEST_PLAN_LIST_H
#define TEST_PLAN_LIST_H

#include <stdlib.h>
#include <string.h>

#include "timeline.h"

enum { LIST_KINDS = 3, LIST_LAST = 30, LIST_MOST = 60 };

struct list {
	struct timeline_entry entry[LIST_MOST];
	unsigned entries, kinds;
	uint64_t capacity[LIST_KINDS];
	int64_t since;		/* before, a lesser capacity left promises alone */
};

static inline bool list_covers(const struct timeline_entry *e, int64_t t)
{
	return e->from <= t && t < e->to;
}

static inline bool list_same(const struct timeline_entry *a, const struct timeline_entry *b)
{
	return a->handle == b->handle && a->from == b->from && a->to == b->to && a->owner == b->owner &&
	       a->standing == b->standing && !memcmp(a->amount, b->amount, sizeof a->amount);
}

static inline uint64_t list_load(const struct list *l, int64_t t, unsigned kind)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < l->entries; i++)
		if (list_covers(&l->entry[i], t))
			sum += l->entry[i].amount[kind];
	return sum;
}

static inline bool list_has_room(const struct list *l, const uint64_t *amount, int64_t t)
{
	for (unsigned k = 0; k < l->kinds; k++)
		if (amount[k] && list_load(l, t, k) + amount[k] > l->capacity[k])
			return false;
	return true;
}

static inline bool list_fits(const struct list *l, const uint64_t *amount, int64_t from, int64_t to)
{
	if (from < 0 && !list_has_room(l, amount, -1))
		return false;
	for (int64_t t = from < 0 ? 0 : from; t < to && t <= LIST_LAST; t++)
		if (!list_has_room(l, amount, t))
			return false;
	return true;
}

static inline bool list_fit(const struct list *l, const uint64_t *demand, const struct timeline_window *w,
			    unsigned n, struct timeline_found *f)
{
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		int64_t s = w[i].earliest;

		for (; s <= w[i].latest && s <= LIST_LAST; s = s < 0 ? 0 : s + 1)
			if (list_fits(l, demand, s, s + w[i].duration))
				break;
		if (s > w[i].latest || s > LIST_LAST || (any && s >= f->start))
			continue;
		*f = (struct timeline_found){ s, i };
		any = true;
	}
	return any;
}

#define LIST_THEN(a, b) if ((a) != (b)) return (a) < (b) ? -1 : 1

static inline int list_by_firmness(const void *x, const void *y)
{
	const struct timeline_entry *a = x, *b = y;

	LIST_THEN(a->standing, b->standing);
	LIST_THEN(a->owner, b->owner);
	LIST_THEN(a->from, b->from);
	LIST_THEN(a->to, b->to);
	LIST_THEN(a->handle, b->handle);
	return 0;
}

/* What the header says of breaking, word by word.  The broken ones go to out. */
static inline unsigned list_settle(struct list *l, int64_t from, int64_t to, struct timeline_entry *out)
{
	struct list kept = *l;
	unsigned broken = 0, promises = 0;
	struct timeline_entry promise[LIST_MOST] = { 0 };

	kept.entries = 0;
	for (unsigned i = 0; i < l->entries; i++)
		if (l->entry[i].standing == TIMELINE_FACT)
			kept.entry[kept.entries++] = l->entry[i];
		else
			promise[promises++] = l->entry[i];
	qsort(promise, promises, sizeof *promise, list_by_firmness);
	for (unsigned i = 0; i < promises; i++) {
		const struct timeline_entry *e = &promise[i];
		int64_t a = e->from > from ? e->from : from, b = e->to < to ? e->to : to;

		if (a >= b || list_fits(&kept, e->amount, a, b))
			kept.entry[kept.entries++] = *e;
		else
			out[broken++] = *e;
	}
	*l = kept;
	return broken;
}

#endif
