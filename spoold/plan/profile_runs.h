/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_runs - how long things fit at a stretch, in the nodes of a profile.
 *
 * What a search over many gaps, all too short, needs to know of a node is the
 * longest stretch in it during which nothing exceeds the search's limits; then
 * it can pass by the whole node.  A lens is a set of limits with the longest
 * stretches of many nodes.  It is made for limits that long searches came
 * with; limits that are nearly the same share one, which is a little too
 * generous for them, so what it says is never too short.  If it is too
 * generous to be of use, the limits get one of their own.
 *
 * A node's stretches are found when they are asked for, and are forgotten when
 * the load in it changes.  No answer of a search depends on any of this.
 */
#ifndef PLAN_PROFILE_RUNS_H
#define PLAN_PROFILE_RUNS_H

#include "profile_limits.h"

/* The longest stretch; and how long one is that begins with the node, or that
 * ends with it. */
struct profile_run { int64_t best, before, behind; };

/* NULL: out of memory. */
struct profile_runs *profile_runs_new(void);
/* NULL is fine. */
void profile_runs_free(struct profile_runs *r);
/* What lies below the node has changed. */
void profile_runs_stale(const struct profile *p, int32_t node);

/* The lens for a search with these limits, -1: there is none yet.  */
int profile_runs_lens(const struct profile *p, const struct profile_limits *l, const int64_t *limit);
/* A search with these limits had to read so many leaves after it had looked
 * for a lens, and found this one. */
void profile_runs_cost(const struct profile *p, const struct profile_limits *l, const int64_t *limit,
		       int lens, unsigned leaves);
/* At least as long as they are with the limits: `asked` at the root, `here` in
 * the node, with what it adds.  end: where the node ends. */
struct profile_run profile_runs_of(const struct profile *p, int lens, int32_t node, int64_t end,
				   const struct profile_limits *l, const int64_t *asked,
				   const int64_t *here);

#endif
