/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lookup - finds the items of an array by their hashes.
 *
 * The array and the keys are the caller's; here is an open hash of the items'
 * indices, at most two thirds full.  Items may share a hash, so what is found
 * has to be compared:
 *
 *	uint32_t i, at = 0;
 *
 *	while ((i = lookup_next(&t->by_id, uuid_hash(id), &at)) != NO_ITEM)
 *		if (!uuid_cmp(&t->item[i].id, id))
 *			return i;
 *
 * Invariant: from a hash's home to where it stands no cell is empty.  Nothing
 * marks what was removed; what had been pushed past it moves back.
 */
#ifndef FORMATS_LOOKUP_H
#define FORMATS_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#define NO_ITEM UINT32_MAX

/* All zeros is empty. */
struct lookup {
	struct lookup_cell { uint32_t hash, item; } *cell;	/* item: 1 + index; 0: empty */
	uint32_t cells, count;		/* cells: a power of two, or 0 */
};

/* The next item with this hash; *at is 0 at first.  NO_ITEM: there is no more.
 * Hashes have to differ in their low bits. */
static inline uint32_t lookup_next(const struct lookup *l, uint32_t hash, uint32_t *at)
{
	if (!l->cells)
		return NO_ITEM;
	for (;;) {
		const struct lookup_cell *c = &l->cell[(hash + *at) & (l->cells - 1)];

		if (!c->item)
			return NO_ITEM;
		++*at;
		if (c->hash == hash)
			return c->item - 1;
	}
}

/* Room for one more, so that lookup_add cannot fail.  false: out of memory. */
bool lookup_reserve(struct lookup *l);
void lookup_add(struct lookup *l, uint32_t hash, uint32_t item);
/* An item that was added with this hash. */
void lookup_remove(struct lookup *l, uint32_t hash, uint32_t item);
/* Without items, and with the room that it has. */
void lookup_clear(struct lookup *l);
void lookup_free(struct lookup *l);

/* Of what is not random. */
static inline uint32_t lookup_hash(uint64_t key)
{
	return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

#endif
