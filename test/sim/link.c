/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <math.h>
#include <stdlib.h>

void link_advance(struct link *l, double now)
{
	double dt = now - l->now;

	if (dt > 0 && l->items) {
		l->level += dt * l->rate / l->items;
		l->busy += dt;
	}
	l->now = now;
}

static bool before(const struct link_item *a, const struct link_item *b)
{
	return a->done < b->done || (a->done <= b->done && a->transfer < b->transfer);
}

static void swap(struct link_item *a, struct link_item *b)
{
	struct link_item t = *a;

	*a = *b;
	*b = t;
}

bool link_add(struct link *l, double now, double bytes, uint32_t transfer)
{
	uint32_t i = l->items;

	link_advance(l, now);
	if (l->items == l->cap) {
		uint32_t cap = l->cap ? l->cap * 2 : 64;
		struct link_item *more = realloc(l->item, cap * sizeof *more);

		if (!more)
			return false;
		l->item = more;
		l->cap = cap;
	}
	l->item[l->items++] = (struct link_item){ l->level + bytes, transfer };
	for (; i && before(&l->item[i], &l->item[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&l->item[i], &l->item[(i - 1) / 2]);
	l->version++;
	return true;
}

double link_next(const struct link *l)
{
	double left;

	if (!l->items)
		return INFINITY;
	left = l->item[0].done - l->level;
	return l->now + (left > 0 ? left : 0) * l->items / l->rate;
}

uint32_t link_take(struct link *l, double now)
{
	uint32_t transfer = l->item[0].transfer, i = 0;

	link_advance(l, now);
	if (l->level < l->item[0].done)
		l->level = l->item[0].done;
	l->item[0] = l->item[--l->items];
	for (;;) {
		uint32_t least = i;

		for (uint32_t k = 2 * i + 1; k <= 2 * i + 2 && k < l->items; k++)
			if (before(&l->item[k], &l->item[least]))
				least = k;
		if (least == i)
			break;
		swap(&l->item[i], &l->item[least]);
		i = least;
	}
	if (!l->items)
		l->level = 0;
	l->version++;
	return transfer;
}

void link_free(struct link *l)
{
	free(l->item);
	*l = (struct link){ 0 };
}
