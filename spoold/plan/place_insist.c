/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "grow.h"
#include "place.h"

static bool gives_way(const struct timeline_entry *e, const struct place_take *k)
{
	return e->standing >= PLACE_QUEUED && e->from < k->to && k->from < e->to;
}

static int by_firmness(const void *a, const void *b)
{
	const struct timeline_entry *x = a, *y = b;

	if (x->standing != y->standing)
		return x->standing < y->standing ? -1 : 1;
	return x->owner < y->owner ? -1 : x->owner > y->owner;
}

/* Those that may give way, the firmest first. */
static int find_lesser(const struct place *p, const struct place_take *k, struct timeline_broken *b, struct diag *d)
{
	struct timeline_entry e;
	uint32_t at = 0, cap = 0;

	while (timeline_next(&p->line, &at, &e)) {
		if (!gives_way(&e, k))
			continue;
		if (!grow(&b->entry, (uint32_t)b->entries, &cap, sizeof *b->entry))
			return diag_nomem(d);
		b->entry[b->entries++] = e;
	}
	if (b->entries)
		qsort(b->entry, b->entries, sizeof *b->entry, by_firmness);
	return 0;
}

/* 0: without them; 1: not even then; -1. */
static int would_fit(const struct place *p, const struct place_take *k, const struct timeline_broken *lesser,
		     struct diag *d)
{
	struct timeline_obstacle o;
	struct timeline copy;
	bool not;

	if (!lesser->entries)
		return 1;
	if (timeline_copy(&copy, &p->line, d) < 0)
		return -1;
	for (size_t i = 0; i < lesser->entries; i++)
		timeline_give_back(&copy, lesser->entry[i].handle, NULL);
	not = timeline_obstacle(&copy, k->amount, k->from, k->to, &o);
	timeline_free(&copy);
	return not;
}

int place_insist(struct place *p, const struct place_take *k, timeline_handle *h, struct timeline_broken *b,
		 struct diag *d)
{
	int r = place_take(p, k, h, d);

	*b = (struct timeline_broken){ 0 };
	if (r != 1)
		return r;
	r = find_lesser(p, k, b, d);
	if (r == 0)
		r = would_fit(p, k, b, d);
	if (r != 0) {
		free(b->entry);
		*b = (struct timeline_broken){ 0 };
		return r;
	}
	for (size_t i = 0; i < b->entries; i++) {
		timeline_handle gone = b->entry[i].handle;

		place_give_back(p, &gone);
	}
	return place_take(p, k, h, d);
}
