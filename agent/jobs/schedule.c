/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "schedule.h"

#include <stdlib.h>

#include "instant.h"

static const enum attempt_state waits[] = { ATTEMPT_WAITING, ATTEMPT_PREPARING, ATTEMPT_READY };
enum { WAITS = sizeof waits / sizeof *waits };

int64_t schedule_length(const struct agent *a, const struct attempt *at)
{
	if (at->length)
		return at->length;
	return a->set && a->set->walltime ? a->set->walltime : INT64_MAX;
}

static int64_t end_of(const struct agent *a, const struct attempt *at, int64_t start)
{
	int64_t length = schedule_length(a, at);

	return length >= INT64_MAX - start ? INT64_MAX : start + length;
}

/* One that has run for longer than was said may do so for ever. */
static bool runs_then(const struct agent *a, const struct attempt *at, int64_t now, int64_t then)
{
	int64_t end = end_of(a, at, at->started ? at->started : now);

	return end <= now || end > then;
}

static void fill_slot(const struct agent *a, const struct attempt *of, int64_t now, struct schedule_slot *s)
{
	*s = (struct schedule_slot){ of->start, room_all(a) };
	for (const struct attempt *at = a->held.in[ATTEMPT_RUNNING].first; at; at = at->next)
		if (runs_then(a, at, now, of->start))
			room_take(&s->left, at);
	for (int i = 0; i < WAITS; i++)
		for (const struct attempt *at = a->held.in[waits[i]].first; at; at = at->next)
			if (at->start && at->start <= of->start && end_of(a, at, at->start) > of->start)
				room_take(&s->left, at);
}

static uint32_t count_to_come(const struct agent *a, int64_t now)
{
	uint32_t n = 0;

	for (int i = 0; i < WAITS; i++)
		for (const struct attempt *at = a->held.in[waits[i]].first; at; at = at->next)
			n += at->start > now;
	return n;
}

/* A time when it is down is one at whose start nothing is left. */
static void add_downs(const struct settings *set, struct schedule *s)
{
	for (uint32_t i = 0; i < set->downs; i++) {
		const struct site_down *d = &set->down[i];

		if (d->from > s->now)
			s->slot[s->slots++] = (struct schedule_slot){ .start = d->from };
	}
}

static bool is_down(const struct settings *set, int64_t now)
{
	for (uint32_t i = 0; set && i < set->downs; i++)
		if (set->down[i].from <= now && (!set->down[i].to || now < set->down[i].to))
			return true;
	return false;
}

void schedule_make(struct agent *a, struct schedule *s)
{
	uint32_t n;

	*s = (struct schedule){ .now = instant_now() };
	s->down = is_down(a->set, s->now);
	n = a->held.scheduled ? count_to_come(a, s->now) : 0;
	n += a->set ? a->set->downs : 0;
	if (!n || !(s->slot = malloc(n * sizeof *s->slot)))
		return;
	if (a->set)
		add_downs(a->set, s);
	for (int i = 0; i < WAITS; i++)
		for (const struct attempt *at = a->held.in[waits[i]].first; at; at = at->next)
			if (at->start > s->now)
				fill_slot(a, at, s->now, &s->slot[s->slots++]);
}

void schedule_free(struct schedule *s)
{
	free(s->slot);
	s->slot = NULL;
	s->slots = 0;
}

bool schedule_due(const struct schedule *s, const struct attempt *at)
{
	return at->start <= s->now;
}

static bool runs_into(const struct schedule *s, const struct schedule_slot *slot, const struct attempt *at)
{
	return !at->length || at->length > slot->start - s->now;
}

bool schedule_allows(const struct schedule *s, const struct attempt *at)
{
	for (uint32_t i = 0; i < s->slots; i++)
		if (runs_into(s, &s->slot[i], at) && !room_fits(&s->slot[i].left, at))
			return false;
	return true;
}

void schedule_take(struct schedule *s, const struct attempt *at)
{
	for (uint32_t i = 0; i < s->slots; i++)
		if (runs_into(s, &s->slot[i], at))
			room_take(&s->slot[i].left, at);
}

int64_t schedule_next(const struct agent *a)
{
	int64_t next = INT64_MAX, now = instant_now();

	for (int i = 0; a->held.scheduled && i < WAITS; i++)
		for (const struct attempt *at = a->held.in[waits[i]].first; at; at = at->next)
			if (at->start > now && at->start < next)
				next = at->start;
	return next;
}
