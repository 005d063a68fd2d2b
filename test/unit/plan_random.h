/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_random - chance for the planner's property tests, the same again from
 * the same seed.
 *
 *	SEED=N		the seed; by default another one each time
 *	CASES=N		how many cases; by default what the test says
 */
#ifndef TEST_PLAN_RANDOM_H
#define TEST_PLAN_RANDOM_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "tap.h"

/* The numbers that were drawn, to draw them again: plan_shrink.h. */
struct tape {
	uint64_t *value;
	size_t count, cap, at;
	bool playing;		/* what stands there is drawn, then nothing but 0; else it is written */
};

struct chance { uint64_t state; struct tape *tape; };	/* tape: NULL, or all goes through it */

static inline void tape_add(struct tape *t, uint64_t value)
{
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 256;
		t->value = realloc(t->value, t->cap * sizeof *t->value);
		if (!t->value)
			bail("out of memory");
	}
	t->value[t->count++] = value;
}

/* splitmix64 */
static inline uint64_t chance_next(struct chance *c)
{
	uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 to n - 1. */
static inline uint64_t chance_below(struct chance *c, uint64_t n)
{
	uint64_t value;

	if (c->tape && c->tape->playing) {
		value = c->tape->at < c->tape->count ? c->tape->value[c->tape->at] : 0;
		c->tape->at++;
		return value < n ? value : n - 1;
	}
	value = chance_next(c) % n;
	if (c->tape)
		tape_add(c->tape, value);
	return value;
}

/* from to to, both included. */
static inline int64_t chance_from(struct chance *c, int64_t from, int64_t to)
{
	return from + (int64_t)chance_below(c, (uint64_t)(to - from) + 1);
}

static inline uint64_t chance_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static inline uint64_t chance_seed(void)
{
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = chance_env("SEED", ((uint64_t)now.tv_sec << 20 ^ (uint64_t)now.tv_nsec) & 0xffffffff);
	note("SEED=%" PRIu64 " repeats this", seed);
	return seed;
}

#endif
