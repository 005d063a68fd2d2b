/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * round_step - what becomes of the first job of the lane whose turn it is.
 *
 * One step takes one decision: the job is assigned, gets offers, or waits; or all
 * jobs of its shape end, for the same NO or because their time is over.  What may
 * come out otherwise later sets the shape's wake.
 */
#ifndef SPOOLD_ROUND_STEP_H
#define SPOOLD_ROUND_STEP_H

#include "hub.h"

struct candidate;

/* STEP_WAIT_ALONE: for a reason that other jobs of its shape need not have. */
enum round_step { STEP_ASSIGNED, STEP_WAIT, STEP_WAIT_ALONE, STEP_ENDED, STEP_TROUBLE };

/* c: room for one candidate a site.  d is set with STEP_TROUBLE. */
enum round_step round_step(struct hub *h, uint32_t lane, struct candidate *c, struct diag *d);

#endif
