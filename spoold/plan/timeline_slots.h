/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timeline_slots - where a timeline keeps its entries; for timeline*.c only.
 *
 * A slot is used again after its entry is gone, the last one first, under
 * another generation: so an old handle means nothing, never somebody else.
 */
#ifndef PLAN_TIMELINE_SLOTS_H
#define PLAN_TIMELINE_SLOTS_H

#include "timeline.h"

struct timeline_slot {
	int64_t from, to;
	uint64_t owner, holder;
	uint32_t generation;		/* how many entries it has had before */
	uint32_t next;			/* vacant: the next vacant one, + 1; 0: the last */
	uint8_t standing;
	bool used;
};

/* The slot of the entry, or -1 if it is gone. */
int64_t timeline_slot_find(const struct timeline *t, timeline_handle h);
/* Make sure of room for one.  -1: out of memory. */
int timeline_slot_reserve(struct timeline *t);
/* There is room. */
uint32_t timeline_slot_fill(struct timeline *t, const struct timeline_entry *e);
void timeline_slot_empty(struct timeline *t, uint32_t i);
void timeline_slot_read(const struct timeline *t, uint32_t i, struct timeline_entry *e);
timeline_handle timeline_slot_handle(const struct timeline *t, uint32_t i);

#endif
