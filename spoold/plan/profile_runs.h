/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_runs - how long the longest run below a level is, in a node of a profile.
 *
 * For each kind a node has three staircases, of which each says for every
 * level L how long something may be that stays at or below L: anywhere within
 * the node (best), from its beginning on (before), up to its end (behind).
 * Each has few steps; where there would be more, neighbours are joined into
 * the longer one.  So what a staircase says is never too short, and a node
 * whose best is too short for a search can be skipped as a whole.
 *
 * They are made for those nodes that searches came to often, thrown away when
 * the load below the node changes, and can be done without.
 */
#ifndef PLAN_PROFILE_RUNS_H
#define PLAN_PROFILE_RUNS_H

#include "profile.h"

struct profile_runs;

/* NULL: out of memory. */
struct profile_runs *profile_runs_new(void);
/* NULL is fine. */
void profile_runs_free(struct profile_runs *r);
/* What lies below the node has changed, in the kinds with an amount. */
void profile_runs_stale(const struct profile *p, int32_t node, const int64_t *amount);

/* A search came to this node, which ends at end; is there a staircase? */
bool profile_runs_ready(const struct profile *p, int32_t node, int64_t end, unsigned kind);
/* If there is.  The level leaves out what the node adds. */
int64_t profile_runs_best(const struct profile *p, int32_t node, unsigned kind, int64_t level);
int64_t profile_runs_before(const struct profile *p, int32_t node, unsigned kind, int64_t level);

#endif
