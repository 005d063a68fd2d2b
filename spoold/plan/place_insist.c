/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "place.h"

static bool gives_way(const struct timeline_entry *e, const struct place_take *k)
{
	return e->standing >= PLACE_QUEUED && e->from < k->to && k->from < e->to;
}

/* 0: if all that may gave way; 1: not even then; -1. */
static int would_fit(const struct place *p, const struct place_take *k, size_t *lesser, struct diag *d)
{
	struct timeline_obstacle o;
	struct timeline_entry e;
	struct timeline copy;
	uint32_t at = 0;
	bool not;

	*lesser = 0;
	if (timeline_copy(&copy, &p->line, d) < 0)
		return -1;
	while (timeline_next(&p->line, &at, &e))
		if (gives_way(&e, k)) {
			timeline_give_back(&copy, e.handle, NULL);
			++*lesser;
		}
	not = timeline_obstacle(&copy, k->amount, k->from, k->to, &o);
	timeline_free(&copy);
	return not;
}

static int by_firmness(const void *a, const void *b)
{
	const struct timeline_entry *x = a, *y = b;

	if (x->standing != y->standing)
		return x->standing < y->standing ? -1 : 1;
	return x->owner < y->owner ? -1 : x->owner > y->owner;
}

int place_insist(struct place *p, const struct place_take *k, timeline_handle *h, struct timeline_broken *b,
		 struct diag *d)
{
	struct timeline_entry e;
	uint32_t at = 0;
	size_t lesser;
	int r = place_take(p, k, h, d);

	*b = (struct timeline_broken){ 0 };
	if (r != 1 || (r = would_fit(p, k, &lesser, d)) != 0)
		return r;
	if (!(b->entry = malloc((lesser + 1) * sizeof *b->entry)))
		return diag_nomem(d);
	while (b->entries < lesser && timeline_next(&p->line, &at, &e))
		if (gives_way(&e, k))
			b->entry[b->entries++] = e;
	qsort(b->entry, b->entries, sizeof *b->entry, by_firmness);
	for (size_t i = 0; i < b->entries; i++) {
		timeline_handle gone = b->entry[i].handle;

		place_give_back(p, &gone);
	}
	return place_take(p, k, h, d);
}
