/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several jobs that begin together inside one reservation, or none does. */
#include <stdlib.h>
#include <string.h>

#include "hub.h"
#include "offers.h"
#include "reserved_part.h"
#include "shapes.h"
#include "site_time.h"
#include "together.h"

/* What is looked for: one claim for each shape, all at the reservation's place. */
struct beside {
	struct hub *h;
	struct reserved *r;
	const uint32_t *shape;
	uint32_t n;
	const struct spans *when;	/* they may begin */
	int64_t latest;			/* in the one that is looked at; see enter() */
	struct place_claim *claim;	/* .duration 0: one that takes the rest of its occurrence */
	int64_t longest;		/* of those that say how long they take */
	bool rest;			/* is there one that does not? */
};

static const struct shape *shape_at(const struct beside *t, uint32_t i)
{
	return &t->h->shapes.row[t->shape[i]].shape;
}

/* false: out of memory. */
static bool begin(struct beside *t)
{
	t->claim = calloc(t->n + 1, sizeof *t->claim);
	for (uint32_t i = 0; t->claim && i < t->n; i++) {
		const struct shape *s = shape_at(t, i);
		struct place_claim *c = &t->claim[i];

		c->place = &t->r->place;
		c->take.standing = PLACE_PLANNED;
		c->take.holder = (struct place_holder){ .what = HOLD_GANG, .index = i };
		place_wish(c->place, s, c->take.amount);
		t->rest |= !reserved_states_length(s);
	}
	return t->claim;
}

/* As they are if they begin in that span, from *earliest on.  false: that is later. */
static bool enter(struct beside *t, uint32_t k, int64_t *earliest)
{
	const struct span *at = &t->when->at[k];

	if (*earliest < at->from)
		*earliest = at->from;
	t->latest = at->to;
	t->longest = 0;
	for (uint32_t i = 0; i < t->n; i++) {
		const struct shape *s = shape_at(t, i);

		t->claim[i].duration = reserved_states_length(s) ? together_length(t->h, s, at->from) : 0;
		if (t->claim[i].duration > t->longest)
			t->longest = t->claim[i].duration;
	}
	return *earliest <= at->to;
}

static bool holds_all(const struct beside *t)
{
	uint64_t sum[TIMELINE_KINDS] = { 0 };

	for (uint32_t i = 0; i < t->n; i++)
		for (unsigned k = 0; k < t->r->place.line.kinds; k++) {
			sum[k] += t->claim[i].take.amount[k];
			if (sum[k] > (uint64_t)t->r->place.line.capacity[k])
				return false;
		}
	return true;
}

/* When they could begin in occurrence n, if it were empty.  false: never. */
static bool span(const struct beside *t, int64_t n, int64_t earliest, int64_t *from, int64_t *latest, int64_t *to)
{
	slots_nth(&t->r->slots, t->r->first + n, from, to);
	if (*from < earliest)
		*from = earliest;
	*latest = t->rest ? *from : *to - t->longest;
	if (*latest > t->latest)
		*latest = t->latest;
	return *from < *to && *from <= *latest && *from + t->longest <= *to;
}

static bool fits_empty(struct beside *t)
{
	int64_t from, latest, to;

	for (uint32_t k = 0; k < t->when->count; k++) {
		int64_t earliest = t->h->now;

		for (int64_t n = enter(t, k, &earliest) ? 0 : t->r->holds; n < t->r->holds; n++)
			if (span(t, n, earliest, &from, &latest, &to))
				return true;
	}
	return false;
}

/* In the span that was entered. */
static int take_in(struct beside *t, int64_t earliest, int64_t *start, struct diag *d)
{
	for (int64_t n = 0; n < t->r->holds; n++) {
		int64_t from, latest, to;
		int r;

		if (!t->r->hold[n] || !span(t, n, earliest, &from, &latest, &to))
			continue;
		for (uint32_t i = 0; i < t->n; i++)
			if (!reserved_states_length(shape_at(t, i)))
				t->claim[i].duration = to - from;
		r = place_fit_all(t->claim, t->n, from, latest, start, d);
		if (r <= 0)
			return r;
	}
	return 1;
}

/* Take them from the earliest common start there is.  0: *start; 1: none; -1. */
static int take(struct beside *t, int64_t earliest, int64_t *start, struct diag *d)
{
	int r = 1;

	for (uint32_t k = 0; r > 0 && k < t->when->count; k++) {
		int64_t from = earliest;

		if (enter(t, k, &from))
			r = take_in(t, from, start, d);
	}
	return r;
}

/* As much of its longest duration as there is room for beside the others. */
static void stretch(struct beside *t, uint32_t i, int64_t start)
{
	const struct shape *s = shape_at(t, i);
	struct place_claim *c = &t->claim[i];
	int64_t most = together_longest(t->h, s, start);

	if (!reserved_states_length(s) || most <= c->duration)
		return;
	place_give_back(c->place, &c->handle);
	c->duration = reserved_stretch(t->r, c->take.amount, start, c->duration, most);
	c->take.to = start + c->duration;
	if (place_take(c->place, &c->take, &c->handle, NULL) != 0)
		c->handle = 0;
}

/* As take(), with their lengths; nothing stays taken. */
static int fit(struct beside *t, int64_t earliest, int64_t *start, int64_t *length, struct diag *d)
{
	int r = take(t, earliest, start, d);

	for (uint32_t i = 0; r == 0 && i < t->n; i++) {
		stretch(t, i, *start);
		length[i] = t->claim[i].duration;
	}
	if (r == 0)
		place_give_back_all(t->claim, t->n);
	return r;
}

/* As of one job: an open occurrence is worth waiting for, until *until. */
static bool may_be_sooner(struct beside *t, int64_t start, int64_t *until)
{
	int64_t from, latest, to;

	*until = 0;
	if (!t->r->holds || !t->r->hold[0])
		return false;
	slots_nth(&t->r->slots, t->r->first, &from, &to);
	for (uint32_t k = 0; from <= t->h->now && k < t->when->count; k++) {
		int64_t begin = t->h->now, end;

		if (!enter(t, k, &begin) || !span(t, 0, begin, &begin, &latest, &end) || begin >= start)
			continue;
		if (t->rest)
			latest = t->latest < to - 1 ? t->latest : to - 1;
		*until = latest + 1;
	}
	for (uint32_t i = 0; i < t->n; i++) {
		int64_t by = reserved_tell_by(t->h, shape_at(t, i), t->r->site, start);

		*until = by < *until ? by : *until;
	}
	return *until > t->h->now;
}

/* When their data can be there. */
static int64_t ready(const struct beside *t)
{
	int64_t most = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		int64_t one = offers_lead(t->h, shape_at(t, i), t->r->site);

		most = one > most ? one : most;
	}
	return t->h->now + most;
}

static enum reserved_verdict look(struct beside *t, struct reserved_answer *a, int64_t *length)
{
	struct hub *h = t->h;
	struct diag d = DIAG_INIT;
	int64_t until, at;
	int r;

	if (!holds_all(t))
		return reserved_say_no(a, "all jobs of the transaction ask for more at once than their reservation holds");
	if (!fits_empty(t))
		return reserved_say_no(a, "their reservation has no occurrence left that is long enough for all jobs "
				       "of the transaction");
	r = fit(t, h->now, &a->start, length, &d);
	if (r < 0)
		return reserved_say_wait(a, h->now + SECOND_US, "there is no memory to look before");
	if (r > 0)
		return reserved_say_wait(a, INT64_MAX, "other jobs have what they need of their reservation");
	if (a->start > h->now && may_be_sooner(t, a->start, &until))
		return reserved_say_wait(a, until, "other jobs have what they need of their reservation; if none ends before, they "
					 "get a start behind them at");
	if (!reserved_site_ready(h, t->r->site, t->n, a->start > h->now))
		return reserved_say_wait(a, INT64_MAX, "their reservation's site wants no more now");
	/* Those that are ready before their slot start with it. */
	at = a->start > h->now ? ready(t) : 0;
	if (at > a->start && fit(t, at, &at, length, &d) == 0)
		a->start = at;
	return a->start > h->now ? RESERVED_AHEAD : RESERVED_NOW;
}

/* What one of them is told by itself. */
static enum reserved_verdict look_at_each(const struct beside *t, uid_t owner, struct reserved_answer *a)
{
	enum reserved_verdict v = RESERVED_NOW;

	for (uint32_t i = 0; i < t->n; i++) {
		if (i && t->shape[i] == t->shape[i - 1])
			continue;
		if (i)
			buf_free(&a->why);
		v = reserved_look(t->h, t->shape[i], owner, a);
		if (v < RESERVED_AHEAD)
			break;
	}
	return v;
}

enum reserved_verdict reserved_look_together(struct hub *h, const uint32_t *shape, uint32_t n, uid_t owner,
					     const struct spans *when, struct reserved_answer *a, int64_t *length)
{
	struct beside t = { .h = h, .shape = shape, .n = n, .when = when };
	enum reserved_verdict v = look_at_each(&t, owner, a);
	uint32_t i = reserved_named(h, h->shapes.row[shape[0]].shape.reservation);

	if (v < RESERVED_AHEAD || i == NO_RESERVED)
		return v;
	t.r = &h->reservations.item[i];
	v = begin(&t) ? look(&t, a, length)
		      : reserved_say_wait(a, h->now + SECOND_US, "there is no memory to look before");
	free(t.claim);
	return v;
}

void reserved_lengths(struct hub *h, const uint32_t *shape, uint32_t n, int64_t start, int64_t *length)
{
	struct span only = { start, start };
	struct spans when = { .at = &only, .count = 1 };
	struct beside t = { .h = h, .shape = shape, .n = n, .when = &when };
	uint32_t i = reserved_named(h, h->shapes.row[shape[0]].shape.reservation);
	int64_t at;

	memset(length, 0, n * sizeof *length);
	if (i == NO_RESERVED)
		return;
	t.r = &h->reservations.item[i];
	if (begin(&t) && fit(&t, start, &at, length, NULL) != 0)
		for (uint32_t k = 0; k < n; k++)
			length[k] = t.claim[k].duration;
	free(t.claim);
}
