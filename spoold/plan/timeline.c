/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timeline_slots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What all entries at one instant may take: sums of sums still fit a word. */
#define LOAD_MOST (INT64_C(1) << 61)

/* --- from nothing to nothing ---------------------------------------------------- */

static int set_capacity(struct timeline *t, const uint64_t *capacity, struct diag *d)
{
	for (unsigned k = 0; k < t->kinds; k++)
		if (capacity[k] > TIMELINE_MOST)
			return diag_set(d, "a capacity of %" PRIu64 " is more than a timeline can hold "
					"(at most %" PRIu64 ")", capacity[k], TIMELINE_MOST);
	for (unsigned k = 0; k < t->kinds; k++)
		t->capacity[k] = t->load.top[k] = (int64_t)capacity[k];
	return 0;
}

int timeline_init(struct timeline *t, unsigned kinds, const uint64_t *capacity, struct diag *d)
{
	*t = (struct timeline){ .kinds = kinds };
	if (kinds < 1 || kinds > TIMELINE_KINDS)
		return diag_set(d, "a timeline of %u kinds of quantity: expected 1 to %d", kinds,
				TIMELINE_KINDS);
	if (profile_init(&t->load, kinds, PROFILE_LEAF) < 0)
		return diag_nomem(d);
	if (set_capacity(t, capacity, d) == 0)
		return 0;
	timeline_free(t);
	return -1;
}

int timeline_copy(struct timeline *to, const struct timeline *from, struct diag *d)
{
	size_t amounts = (size_t)from->slots * from->kinds * sizeof *to->amount;

	*to = *from;
	to->room = from->slots;
	to->slot = malloc(from->slots * sizeof *to->slot + 1);
	to->amount = malloc(amounts + 1);
	if (!to->slot || !to->amount || profile_copy(&to->load, &from->load) < 0) {
		free(to->slot);
		free(to->amount);
		memset(to, 0, sizeof *to);
		return diag_nomem(d);
	}
	if (from->slots) {
		memcpy(to->slot, from->slot, from->slots * sizeof *to->slot);
		memcpy(to->amount, from->amount, amounts);
	}
	return 0;
}

void timeline_free(struct timeline *t)
{
	profile_free(&t->load);
	free(t->slot);
	free(t->amount);
	memset(t, 0, sizeof *t);
}

/* --- the profile ------------------------------------------------------------------ */

static void add_load(struct timeline *t, const struct timeline_entry *e, int sign)
{
	int64_t amount[TIMELINE_KINDS];

	for (unsigned k = 0; k < t->kinds; k++)
		amount[k] = sign * (int64_t)e->amount[k];
	profile_add(&t->load, e->from, e->to, amount);
}

/* Up to where the load may go, for a demand to fit beside it.  false: never. */
static bool limits_for(const struct timeline *t, const uint64_t *demand, int64_t *limit)
{
	for (unsigned k = 0; k < t->kinds; k++) {
		if (demand[k] > (uint64_t)t->capacity[k])
			return false;
		limit[k] = demand[k] ? t->capacity[k] - (int64_t)demand[k] : INT64_MAX;
	}
	return true;
}

/* Does it fit beside the load, between the two instants? */
static bool fits(const struct timeline *t, const struct timeline_entry *e, int64_t from, int64_t to)
{
	int64_t limit[TIMELINE_KINDS], when;

	from = e->from > from ? e->from : from;
	to = e->to < to ? e->to : to;
	return limits_for(t, e->amount, limit) && !profile_over(&t->load, limit, from, to, &when);
}

/* Is something that it takes over-committed, between the two instants? */
static bool is_squeezed(const struct timeline *t, const struct timeline_entry *e, int64_t from,
			int64_t to)
{
	int64_t limit[TIMELINE_KINDS], when;

	from = e->from > from ? e->from : from;
	to = e->to < to ? e->to : to;
	for (unsigned k = 0; k < t->kinds; k++)
		limit[k] = e->amount[k] ? t->capacity[k] : INT64_MAX;
	return from < to && profile_over(&t->load, limit, from, to, &when);
}

static int check_entry(const struct timeline *t, const struct timeline_entry *e, struct diag *d)
{
	if (e->from < TIMELINE_START || e->to > TIMELINE_END || e->from >= e->to)
		return diag_set(d, "an entry from %" PRId64 " to %" PRId64 ": expected it to end after "
				"it begins", e->from, e->to);
	for (unsigned k = 0; k < t->kinds; k++)
		if (e->amount[k] > TIMELINE_MOST)
			return diag_set(d, "an amount of %" PRIu64 " is more than a timeline can hold "
					"(at most %" PRIu64 ")", e->amount[k], TIMELINE_MOST);
	return 0;
}

/* There is room for all of it. */
static uint32_t put_in(struct timeline *t, const struct timeline_entry *e)
{
	profile_mark(&t->load, e->from);
	profile_mark(&t->load, e->to);
	add_load(t, e, 1);
	return timeline_slot_fill(t, e);
}

/* All but the load. */
static void forget(struct timeline *t, const struct timeline_entry *e)
{
	profile_unmark(&t->load, e->from);
	profile_unmark(&t->load, e->to);
	timeline_slot_empty(t, (uint32_t)timeline_slot_find(t, e->handle));
}

static void take_out(struct timeline *t, uint32_t i)
{
	struct timeline_entry e;

	timeline_slot_read(t, i, &e);
	add_load(t, &e, -1);
	forget(t, &e);
	profile_tidy(&t->load);
}

/* --- taking ------------------------------------------------------------------------ */

static int no_such_entry(struct diag *d)
{
	return diag_set(d, "the timeline has no such entry: it was given back, or broken");
}

int timeline_take(struct timeline *t, const struct timeline_entry *e, timeline_handle *h, struct diag *d)
{
	if (check_entry(t, e, d) < 0)
		return -1;
	if (e->standing == TIMELINE_FACT)
		return diag_set(d, "a fact is not taken but imposed");
	if (!fits(t, e, e->from, e->to))
		return 1;
	if (timeline_slot_reserve(t) < 0 || profile_reserve(&t->load) < 0)
		return diag_nomem(d);
	*h = timeline_slot_handle(t, put_in(t, e));
	return 0;
}

int timeline_give_back(struct timeline *t, timeline_handle h, struct diag *d)
{
	int64_t i = timeline_slot_find(t, h);

	if (i < 0)
		return no_such_entry(d);
	take_out(t, (uint32_t)i);
	return 0;
}

int timeline_shorten(struct timeline *t, timeline_handle h, int64_t to, struct diag *d)
{
	int64_t i = timeline_slot_find(t, h);
	struct timeline_entry rest;

	if (i < 0)
		return no_such_entry(d);
	timeline_slot_read(t, (uint32_t)i, &rest);
	if (to <= rest.from || to >= rest.to)
		return diag_set(d, "an entry from %" PRId64 " to %" PRId64 " cannot be shortened to end "
				"at %" PRId64, rest.from, rest.to, to);
	if (profile_reserve(&t->load) < 0)
		return diag_nomem(d);
	profile_mark(&t->load, to);
	rest.from = to;
	add_load(t, &rest, -1);
	profile_unmark(&t->load, rest.to);
	t->slot[i].to = to;
	profile_tidy(&t->load);
	return 0;
}

int timeline_firm(struct timeline *t, timeline_handle h, uint8_t standing, struct diag *d)
{
	int64_t i = timeline_slot_find(t, h);

	if (i < 0)
		return no_such_entry(d);
	if (standing > t->slot[i].standing)
		return diag_set(d, "a standing of %u cannot become %u, which is less firm",
				t->slot[i].standing, standing);
	t->slot[i].standing = standing;
	return 0;
}

int timeline_hand(struct timeline *t, timeline_handle h, uint64_t holder, struct diag *d)
{
	int64_t i = timeline_slot_find(t, h);

	if (i < 0)
		return no_such_entry(d);
	t->slot[i].holder = holder;
	return 0;
}

/* --- what happens to a site ---------------------------------------------------------- */

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int by_firmness(const void *x, const void *y)
{
	const struct timeline_entry *a = x, *b = y;
	int c = COMPARE(a->standing, b->standing);

	c = c ? c : COMPARE(a->owner, b->owner);
	c = c ? c : COMPARE(a->from, b->from);
	c = c ? c : COMPARE(a->to, b->to);
	return c ? c : COMPARE(a->handle, b->handle);
}

/* The promises that take something which is over-committed, the firmest first.
 * Those that do not are kept in any case: they fit beside all the others. */
static int find_squeezed(const struct timeline *t, int64_t from, int64_t to, struct timeline_broken *b)
{
	struct timeline_entry e, *more;
	uint32_t cursor = 0;
	size_t room = 0;

	*b = (struct timeline_broken){ 0 };
	if (!profile_over(&t->load, t->capacity, from, to, &from))
		return 0;
	while (timeline_next(t, &cursor, &e)) {
		if (e.standing == TIMELINE_FACT || !is_squeezed(t, &e, from, to))
			continue;
		if (b->entries == room) {
			room = room ? 2 * room : 16;
			if (!(more = realloc(b->entry, room * sizeof *more))) {
				free(b->entry);
				*b = (struct timeline_broken){ 0 };
				return -1;
			}
			b->entry = more;
		}
		b->entry[b->entries++] = e;
	}
	if (b->entries)
		qsort(b->entry, b->entries, sizeof *b->entry, by_firmness);
	return 0;
}

/* Break what does not fit any more between the two instants. */
static int settle(struct timeline *t, int64_t from, int64_t to, struct timeline_broken *b)
{
	size_t broken = 0;

	if (find_squeezed(t, from, to, b) < 0)
		return -1;
	for (size_t i = 0; i < b->entries; i++)
		add_load(t, &b->entry[i], -1);
	for (size_t i = 0; i < b->entries; i++) {
		if (fits(t, &b->entry[i], from, to))
			add_load(t, &b->entry[i], 1);
		else
			b->entry[broken++] = b->entry[i];
	}
	b->entries = broken;
	for (size_t i = 0; i < broken; i++)
		forget(t, &b->entry[i]);
	profile_tidy(&t->load);
	return 0;
}

int timeline_impose(struct timeline *t, const struct timeline_entry *e, timeline_handle *h,
		    struct timeline_broken *broken, struct diag *d)
{
	struct timeline_entry fact = *e;
	int64_t limit[TIMELINE_KINDS], when;
	uint32_t i;

	*broken = (struct timeline_broken){ 0 };
	fact.standing = TIMELINE_FACT;
	if (check_entry(t, e, d) < 0)
		return -1;
	for (unsigned k = 0; k < t->kinds; k++)
		limit[k] = LOAD_MOST - (int64_t)e->amount[k];
	if (profile_over(&t->load, limit, e->from, e->to, &when))
		return diag_set(d, "at %" PRId64 " more would be taken than a timeline can count", when);
	if (timeline_slot_reserve(t) < 0 || profile_reserve(&t->load) < 0)
		return diag_nomem(d);
	i = put_in(t, &fact);
	if (settle(t, e->from, e->to, broken) < 0) {
		take_out(t, i);
		return diag_nomem(d);
	}
	*h = timeline_slot_handle(t, i);
	return 0;
}

int timeline_resize(struct timeline *t, const uint64_t *capacity, int64_t since,
		    struct timeline_broken *broken, struct diag *d)
{
	int64_t before[TIMELINE_KINDS];

	*broken = (struct timeline_broken){ 0 };
	memcpy(before, t->capacity, sizeof before);
	if (set_capacity(t, capacity, d) < 0)
		return -1;
	if (settle(t, since, TIMELINE_END, broken) < 0) {
		memcpy(t->capacity, before, sizeof before);
		memcpy(t->load.top, before, sizeof before);
		return diag_nomem(d);
	}
	return 0;
}

/* --- asking ---------------------------------------------------------------------------- */

bool timeline_fit(const struct timeline *t, const uint64_t *demand, const struct timeline_window *w,
		  unsigned n, struct timeline_found *found)
{
	int64_t limit[TIMELINE_KINDS], start;
	bool any = false;

	if (!limits_for(t, demand, limit))
		return false;
	for (unsigned i = 0; i < n; i++) {
		int64_t earliest = w[i].earliest > TIMELINE_START ? w[i].earliest : TIMELINE_START;
		int64_t latest = w[i].latest, length = w[i].duration > 0 ? w[i].duration : 1;

		if (length > TIMELINE_END)
			continue;
		if (latest > TIMELINE_END - length)
			latest = TIMELINE_END - length;
		if (any && latest >= found->start)
			latest = found->start - 1;
		if (!profile_fit(&t->load, limit, earliest, latest, length, &start))
			continue;
		*found = (struct timeline_found){ start, i };
		any = true;
	}
	return any;
}

bool timeline_obstacle(const struct timeline *t, const uint64_t *demand, int64_t from, int64_t to,
		       struct timeline_obstacle *o)
{
	int64_t limit[TIMELINE_KINDS], load[TIMELINE_KINDS], until;

	o->when = from;
	if (limits_for(t, demand, limit) && !profile_over(&t->load, limit, from, to, &o->when))
		return false;
	profile_at(&t->load, o->when, load, &until);
	for (o->kind = 0; o->kind < t->kinds; o->kind++) {
		o->wanted = demand[o->kind];
		o->free = load[o->kind] < t->capacity[o->kind] ?
			(uint64_t)(t->capacity[o->kind] - load[o->kind]) : 0;
		if (o->wanted > o->free)
			break;
	}
	return true;
}

void timeline_free_at(const struct timeline *t, int64_t when, uint64_t *vacant, int64_t *until)
{
	int64_t load[TIMELINE_KINDS], next[TIMELINE_KINDS], to;

	profile_at(&t->load, when, load, until);
	for (; *until < TIMELINE_END; *until = to) {
		profile_at(&t->load, *until, next, &to);
		if (memcmp(load, next, t->kinds * sizeof *load))
			break;
	}
	for (unsigned k = 0; k < t->kinds; k++)
		vacant[k] = load[k] < t->capacity[k] ? (uint64_t)(t->capacity[k] - load[k]) : 0;
}
