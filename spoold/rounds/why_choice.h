/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * why_choice - what is written into a job's file when it is given to a site: why this
 * one, at the costs of that moment, and what the next best would have cost.
 */
#ifndef SPOOLD_WHY_CHOICE_H
#define SPOOLD_WHY_CHOICE_H

#include "hub.h"

struct candidate;

/* Append `why` and `eta`. */
void why_choice(struct hub *h, uint32_t job, const struct candidate *c, const struct planner_job *p,
		const struct planner_choice *ch, struct buf *line);
/* Append when a job that has been running for so many seconds should be done. */
void why_eta_running(struct hub *h, uint32_t job, double elapsed, struct buf *line);

#endif
