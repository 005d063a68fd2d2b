/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * round_plan - starts for jobs that wait, so that those behind do not delay them.
 *
 * In the order in which jobs have their turn, the first few (policy.depth) that
 * no site can take now are planned: each holds the earliest slot there is for
 * it at any site that may have it.  A job behind them may be assigned if it
 * fits beside that; so large jobs get their turn though small ones keep
 * coming.  (Conservative backfill.)
 *
 * A plan is kept until the job leaves the queue, or has its turn again; when
 * all jobs have their turn, all plans are made anew, in order.
 */
#ifndef SPOOLD_ROUND_PLAN_H
#define SPOOLD_ROUND_PLAN_H

#include <stdint.h>

#include "plan/timeline.h"

struct candidate;
struct hub;

/* Pending jobs that have a planned start. */
struct plans { uint32_t *job, count, cap; };

/* Plan a pending job, if the depth allows. */
void round_plan(struct hub *h, uint32_t job, const struct candidate *c);
/* It needs its plan no more; it may have none. */
void round_unplan(struct hub *h, uint32_t job);
void round_unplan_all(struct hub *h);
/* Its plan was broken. */
void round_plan_broken(struct hub *h, uint32_t job, uint16_t site, timeline_handle hold);

#endif
