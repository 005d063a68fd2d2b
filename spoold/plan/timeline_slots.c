/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timeline_slots.h"

#include <stdlib.h>
#include <string.h>

static uint64_t *amount_of(const struct timeline *t, uint32_t i)
{
	return t->amount + (size_t)i * t->kinds;
}

timeline_handle timeline_slot_handle(const struct timeline *t, uint32_t i)
{
	return (uint64_t)t->slot[i].generation << 32 | (i + 1);
}

int64_t timeline_slot_find(const struct timeline *t, timeline_handle h)
{
	uint32_t i = (uint32_t)h - 1;

	return (uint32_t)h && i < t->slots && t->slot[i].used &&
		t->slot[i].generation == h >> 32 ? (int64_t)i : -1;
}

int timeline_slot_reserve(struct timeline *t)
{
	uint32_t room = t->room + t->room / 2 + 4;
	void *more;

	if (t->vacant || t->slots < t->room)
		return 0;
	if (!(more = realloc(t->slot, room * sizeof *t->slot)))
		return -1;
	t->slot = more;
	if (!(more = realloc(t->amount, (size_t)room * t->kinds * sizeof *t->amount)))
		return -1;
	t->amount = more;
	t->room = room;
	return 0;
}

uint32_t timeline_slot_fill(struct timeline *t, const struct timeline_entry *e)
{
	uint32_t i = t->vacant ? t->vacant - 1 : t->slots++, generation = 0;

	if (t->vacant) {
		t->vacant = t->slot[i].next;
		generation = t->slot[i].generation;
	}
	t->slot[i] = (struct timeline_slot){ e->from, e->to, e->owner, e->holder, generation, 0,
					      e->standing, true };
	memcpy(amount_of(t, i), e->amount, t->kinds * sizeof *e->amount);
	t->entries++;
	return i;
}

void timeline_slot_empty(struct timeline *t, uint32_t i)
{
	t->slot[i].used = false;
	t->slot[i].generation++;
	t->slot[i].next = t->vacant;
	t->vacant = i + 1;
	t->entries--;
}

void timeline_slot_read(const struct timeline *t, uint32_t i, struct timeline_entry *e)
{
	const struct timeline_slot *s = &t->slot[i];

	*e = (struct timeline_entry){ .handle = timeline_slot_handle(t, i), .from = s->from, .to = s->to,
				      .owner = s->owner, .holder = s->holder, .standing = s->standing };
	memcpy(e->amount, amount_of(t, i), t->kinds * sizeof *e->amount);
}

bool timeline_entry(const struct timeline *t, timeline_handle h, struct timeline_entry *e)
{
	int64_t i = timeline_slot_find(t, h);

	if (i >= 0)
		timeline_slot_read(t, (uint32_t)i, e);
	return i >= 0;
}

bool timeline_next(const struct timeline *t, uint32_t *cursor, struct timeline_entry *e)
{
	while (*cursor < t->slots)
		if (t->slot[(*cursor)++].used) {
			timeline_slot_read(t, *cursor - 1, e);
			return true;
		}
	return false;
}

/* --- more kinds ----------------------------------------------------------------- */

/* The load of all entries, with more kinds in it. */
static int load_anew(const struct timeline *t, const uint64_t *amount, unsigned kinds, struct profile *p)
{
	if (profile_init(p, kinds, t->load.size) < 0)
		return -1;
	for (uint32_t i = 0; i < t->slots; i++) {
		int64_t each[TIMELINE_KINDS];

		if (!t->slot[i].used)
			continue;
		if (profile_reserve(p) < 0) {
			profile_free(p);
			return -1;
		}
		for (unsigned k = 0; k < kinds; k++)
			each[k] = (int64_t)amount[(size_t)i * kinds + k];
		profile_mark(p, t->slot[i].from);
		profile_mark(p, t->slot[i].to);
		profile_add(p, t->slot[i].from, t->slot[i].to, each);
	}
	return 0;
}

int timeline_widen(struct timeline *t, unsigned kinds, struct diag *d)
{
	uint64_t *wide;
	struct profile p;

	if (kinds < t->kinds || kinds > TIMELINE_KINDS)
		return diag_set(d, "a timeline of %u kinds of quantity: expected %u to %d", kinds, t->kinds,
				TIMELINE_KINDS);
	if (!(wide = calloc((size_t)t->room * kinds + 1, sizeof *wide)))
		return diag_nomem(d);
	for (uint32_t i = 0; i < t->slots; i++)
		memcpy(wide + (size_t)i * kinds, amount_of(t, i), t->kinds * sizeof *wide);
	if (load_anew(t, wide, kinds, &p) < 0) {
		free(wide);
		return diag_nomem(d);
	}
	memcpy(p.top, t->load.top, sizeof p.top);
	profile_free(&t->load);
	free(t->amount);
	t->load = p;
	t->amount = wide;
	for (unsigned k = t->kinds; k < kinds; k++)
		t->capacity[k] = t->load.top[k] = 0;
	t->kinds = kinds;
	return 0;
}
