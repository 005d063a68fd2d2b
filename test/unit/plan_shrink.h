/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_shrink - random cases, and one that fails made as small as it goes.
 *
 * What a case is made of are the numbers that it drew.  So it is these that are
 * made fewer and smaller, for as long as the case made of them fails: whatever
 * the case is, its parts go away, and what stays gets the least values.
 *
 *	ok_cases(passes, 1000, &one, why, "random cases");
 *
 * or, with a loop of one's own,
 *
 *	struct chance before = c;		a case only draws from its chance
 *
 *	if (!passes(&c))
 *		shrink(before, passes);		tells what is left
 *
 * The last call of passes() has shrink_telling set: then it notes what it does.
 */
#ifndef TEST_PLAN_SHRINK_H
#define TEST_PLAN_SHRINK_H

#include <stdbool.h>
#include <string.h>

#include "seed.h"

enum { SHRINK_BLOCK = 64, SHRINK_NEAR = 24, SHRINK_PART = 24, SHRINK_MOST = 200000 };

static bool shrink_telling;

struct shrinking {
	struct tape best, next;		/* the least that fails; what is tried */
	bool (*passes)(struct chance *c);
	unsigned runs;
	bool smaller;
};

static inline void shrink_copy(struct tape *to, const struct tape *from)
{
	to->count = 0;
	for (size_t i = 0; i < from->count; i++)
		tape_add(to, from->value[i]);
}

/* Does what stands in next fail as well?  Then it is the best. */
static inline bool shrink_try(struct shrinking *s)
{
	struct chance c = { .tape = &s->next };

	if (s->runs++ >= SHRINK_MOST)
		return false;
	s->next.at = 0;
	s->next.playing = true;
	if (s->passes(&c))
		return false;
	if (s->next.at < s->next.count)		/* it drew no more than this */
		s->next.count = s->next.at;
	shrink_copy(&s->best, &s->next);
	return s->smaller = true;
}

/* next: the best without so many numbers from one on. */
static inline void shrink_cut(struct shrinking *s, size_t from, size_t block)
{
	shrink_copy(&s->next, &s->best);
	memmove(s->next.value + from, s->next.value + from + block,
		(s->next.count - from - block) * sizeof *s->next.value);
	s->next.count -= block;
}

static inline void shrink_without(struct shrinking *s, size_t block)
{
	for (size_t i = s->best.count; i-- > 0;) {
		if (i + block > s->best.count)
			continue;
		shrink_cut(s, i, block);
		shrink_try(s);
	}
}

static inline bool shrink_set(struct shrinking *s, size_t i, uint64_t value)
{
	shrink_copy(&s->next, &s->best);
	s->next.value[i] = value;
	return shrink_try(s);
}

/* Many a number says how many of something follow: one less, and without some that
 * stand not far behind it. */
static inline void shrink_counts(struct shrinking *s)
{
	for (size_t i = 0; i < s->best.count; i++)
		for (size_t j = i + 1; j <= i + SHRINK_NEAR; j++)
			for (size_t block = 1; block <= SHRINK_PART; block++) {
				if (!s->best.value[i] || j + block > s->best.count)
					break;
				shrink_cut(s, j, block);
				s->next.value[i]--;
				shrink_try(s);
				if (i >= s->best.count)
					return;
			}
}

/* With each number as small as it goes. */
static inline void shrink_values(struct shrinking *s)
{
	for (size_t i = 0; i < s->best.count; i++) {
		uint64_t low = 0, high = s->best.value[i];

		if (!high || shrink_set(s, i, 0))
			continue;
		while (i < s->best.count && high - low > 1) {	/* high fails, low does not */
			uint64_t mid = low + (high - low) / 2;

			if (shrink_set(s, i, mid))
				high = mid;
			else
				low = mid;
		}
	}
}

static inline void shrink(struct chance before, bool (*passes)(struct chance *c))
{
	struct shrinking s = { .passes = passes };
	struct chance c = before;
	size_t drawn;

	c.tape = &s.best;
	if (passes(&c))
		bail("the case does not fail again");
	drawn = s.best.count;
	for (s.smaller = true; s.smaller;) {
		s.smaller = false;
		for (size_t block = SHRINK_BLOCK; block; block /= 2)
			shrink_without(&s, block);
		shrink_values(&s);
		if (!s.smaller)
			shrink_counts(&s);
	}
	note("shrunk from %zu numbers to %zu by %u tries:", drawn, s.best.count, s.runs);
	shrink_telling = true;
	s.best.at = 0;
	s.best.playing = true;
	passes(&(struct chance){ .tape = &s.best });
	shrink_telling = false;
	free(s.best.value);
	free(s.next.value);
}

/*
 * One check: cases are tried until CASES, or so many, have been seen, or one
 * fails.  weight: as how many a case counts, read after it.  why: what passes()
 * leaves there when one fails, or NULL.
 */
static inline void ok_cases(bool (*passes)(struct chance *c), uint64_t many, const unsigned *weight,
			    const char *why, const char *what)
{
	struct chance c = { .state = chance_seed() }, before = c;
	uint64_t cases = chance_env("CASES", many), seen = 0;
	bool good = true;

	while (good && seen < cases) {
		before = c;
		good = passes(&c);
		seen += *weight;
	}
	if (!good) {
		shrink(before, passes);
		if (why)
			note("%s", why);
	}
	ok(good, "%" PRIu64 " %s", seen, what);
}

#endif
