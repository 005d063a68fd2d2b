/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "room.h"

#include <string.h>

uint32_t room_gpus(const struct agent *a, const struct site_gpu **kind)
{
	uint32_t n = a->set ? a->set->gpus : 0;

	*kind = n ? a->set->gpu : NULL;
	for (uint32_t i = 0; !n && i < a->runners.count; i++) {
		*kind = a->runners.item[i].gpu;
		n = a->runners.item[i].gpus;
	}
	if (!n) {
		*kind = a->gpus.kind;
		n = a->gpus.kinds;
	}
	return n;
}

struct room room_all(const struct agent *a)
{
	struct room r = { .cores = a->cores, .memory = a->memory };
	uint32_t n = room_gpus(a, &r.type);

	for (uint32_t i = 0; i < n; i++)
		r.gpus += r.type[i].count;
	for (; r.types < n && r.types < ROOM_TYPES; r.types++)
		r.typed[r.types] = r.type[r.types].count;
	return r;
}

struct room room_left(const struct agent *a)
{
	struct room r = room_all(a);

	if (a->held.with_gpus) {
		for (const struct attempt *at = a->held.in[ATTEMPT_RUNNING].first; at; at = at->next)
			room_take(&r, at);
		return r;
	}
	r.cores = a->cores > a->held.cores ? a->cores - a->held.cores : 0;
	r.memory = a->memory > a->held.memory ? a->memory - a->held.memory : 0;
	return r;
}

static int type_of(const struct room *r, const char *type)
{
	for (uint32_t i = 0; i < r->types; i++)
		if (!strcmp(r->type[i].type, type))
			return (int)i;
	return -1;
}

/* One type may be asked for in several places. */
static uint32_t wanted(const struct attempt *at, const char *type)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < at->gpus; i++)
		if (!type || (at->gpu[i].type && !strcmp(at->gpu[i].type, type)))
			n += at->gpu[i].count;
	return n;
}

bool room_fits(const struct room *r, const struct attempt *at)
{
	if (at->cores > r->cores || at->memory > r->memory || (at->gpus && wanted(at, NULL) > r->gpus))
		return false;
	for (uint32_t i = 0; i < at->gpus; i++) {
		int t = at->gpu[i].type ? type_of(r, at->gpu[i].type) : -1;

		if (at->gpu[i].type && (t < 0 || wanted(at, at->gpu[i].type) > r->typed[t]))
			return false;
	}
	return true;
}

static uint32_t minus(uint32_t a, uint32_t b)
{
	return a > b ? a - b : 0;
}

void room_take(struct room *r, const struct attempt *at)
{
	r->cores = minus(r->cores, at->cores);
	r->memory = r->memory > at->memory ? r->memory - at->memory : 0;
	for (uint32_t i = 0; i < at->gpus; i++) {
		int t = at->gpu[i].type ? type_of(r, at->gpu[i].type) : -1;

		r->gpus = minus(r->gpus, at->gpu[i].count);
		if (t >= 0)
			r->typed[t] = minus(r->typed[t], at->gpu[i].count);
	}
}
