/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chance - numbers at random for tests, the same again from the same state.
 *
 *	struct chance c = { .state = 7 };
 *	n = chance_below(&c, 10);		0 to 9
 *
 *	n = chance(10);				for those that need no state of their own
 */
#ifndef TEST_CHANCE_H
#define TEST_CHANCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* The numbers that were drawn, to draw them again: unit/plan_shrink.h. */
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
			abort();
	}
	t->value[t->count++] = value;
}

/* splitmix64 */
static inline uint64_t chance_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

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
	value = chance_next(&c->state) % n;
	if (c->tape)
		tape_add(c->tape, value);
	return value;
}

/* from to to, both included. */
static inline int64_t chance_from(struct chance *c, int64_t from, int64_t to)
{
	return from + (int64_t)chance_below(c, (uint64_t)(to - from) + 1);
}

/* 0 to n - 1, the same row of numbers in every run of a program. */
static inline uint64_t chance(uint64_t n)
{
	static struct chance c = { .state = 1 };

	return chance_below(&c, n);
}

#endif
