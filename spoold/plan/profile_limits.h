/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_limits - how a node of a profile stands to limits; for profile*.c only.
 */
#ifndef PLAN_PROFILE_LIMITS_H
#define PLAN_PROFILE_LIMITS_H

#include "profile_tree.h"

/* Which kinds have a limit.  Limits come in this order, beside it, as they are
 * lowered by what each node on the way down adds. */
struct profile_limits {
	unsigned kinds;
	uint8_t kind[PROFILE_KINDS];
};

enum profile_standing {
	PROFILE_WITHIN,			/* nothing exceeds its limit anywhere */
	PROFILE_MIXED,
	PROFILE_BEYOND,			/* something exceeds its limit everywhere */
};

/* above: the limits without what n adds; here: with it. */
static inline enum profile_standing profile_judge(const struct profile *p, int32_t n,
						  const struct profile_limits *l,
						  const int64_t *above, int64_t *here)
{
	const int64_t *most = profile_most(p, n), *least = profile_least(p, n),
		      *added = profile_added(p, n);
	bool over = false, beyond = false;

	for (unsigned j = 0; j < l->kinds; j++) {
		unsigned k = l->kind[j];

		here[j] = above[j] - added[k];
		over |= most[k] > here[j];
		beyond |= least[k] > here[j];
	}
	return beyond ? PROFILE_BEYOND : over ? PROFILE_MIXED : PROFILE_WITHIN;
}

/* A bit for each step of the leaf n. */
static inline uint64_t profile_all_steps(const struct profile *p, int32_t n)
{
	unsigned steps = p->node[n].steps;

	return steps < 64 ? (UINT64_C(1) << steps) - 1 : ~UINT64_C(0);
}

/* Those at which something exceeds its limit. */
static inline uint64_t profile_bad_steps(const struct profile *p, int32_t n,
					 const struct profile_limits *l, const int64_t *here)
{
	unsigned steps = p->node[n].steps;
	uint64_t bad = 0;

	for (unsigned j = 0; j < l->kinds; j++) {
		const int64_t *load = profile_leaf_load(p, p->node[n].right, l->kind[j]);
		int64_t limit = here[j];
		uint64_t over = 0;

		if (profile_most(p, n)[l->kind[j]] <= limit)
			continue;
		/* Backwards, as shifting by one is the cheapest. */
		for (unsigned i = steps; i-- > 0;)
			over = over << 1 | (load[i] > limit);
		bad |= over;
	}
	return bad;
}

#endif
