/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS_MIN = 64 };

static void put(struct lookup *l, struct lookup_cell new)
{
	uint32_t i = new.hash & (l->cells - 1);

	while (l->cell[i].item)
		i = (i + 1) & (l->cells - 1);
	l->cell[i] = new;
}

bool lookup_reserve(struct lookup *l)
{
	struct lookup more = { .cells = l->cells ? l->cells * 2 : CELLS_MIN, .count = l->count };

	if (l->cells && ((uint64_t)l->count + 1) * 3 <= (uint64_t)l->cells * 2)
		return true;
	more.cell = more.cells ? calloc(more.cells, sizeof *more.cell) : NULL;
	if (!more.cell)
		return false;
	for (uint32_t i = 0; i < l->cells; i++)
		if (l->cell[i].item)
			put(&more, l->cell[i]);
	free(l->cell);
	*l = more;
	return true;
}

void lookup_add(struct lookup *l, uint32_t hash, uint32_t item)
{
	put(l, (struct lookup_cell){ hash, item + 1 });
	l->count++;
}

static void close_hole(struct lookup *l, uint32_t hole)
{
	uint32_t mask = l->cells - 1;

	for (uint32_t i = (hole + 1) & mask; l->cell[i].item; i = (i + 1) & mask)
		if (((i - l->cell[i].hash) & mask) >= ((i - hole) & mask)) {
			l->cell[hole] = l->cell[i];
			hole = i;
		}
	l->cell[hole].item = 0;
}

void lookup_remove(struct lookup *l, uint32_t hash, uint32_t item)
{
	uint32_t i = hash & (l->cells - 1);

	while (l->cell[i].item != item + 1)
		i = (i + 1) & (l->cells - 1);
	close_hole(l, i);
	l->count--;
}

void lookup_clear(struct lookup *l)
{
	if (l->cells)
		memset(l->cell, 0, l->cells * sizeof *l->cell);
	l->count = 0;
}

void lookup_free(struct lookup *l)
{
	free(l->cell);
	*l = (struct lookup){ 0 };
}
