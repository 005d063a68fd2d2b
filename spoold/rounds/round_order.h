/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * round_order - which lane's turn it is in a round.
 *
 * Lanes of shapes that are worth a look are taken by priority, then fair
 * share, then age (plan/fair.h).  When the first job of a lane finds no site
 * now, neither do jobs of that shape that wait for a shorter time: their lanes
 * are left out for the rest of the round.
 */
#ifndef SPOOLD_ROUND_ORDER_H
#define SPOOLD_ROUND_ORDER_H

#include "hub.h"
#include "plan/fair.h"
#include "round.h"

struct round_order {
	struct fair fair;
	struct fair_lane *lane;
	uint32_t at;			/* that round_order_next() gave */
};

/* False: out of memory. */
bool round_order_begin(struct hub *h, enum round_reason reason, struct round_order *o);
/* The next lane, with a job; NO_LANE: none is left. */
uint32_t round_order_next(struct hub *h, struct round_order *o);
/* Its first job was given away: it is charged, and the lane stays while it has jobs. */
void round_order_given(struct hub *h, struct round_order *o);
/* Its first job has ended: the lane stays while it has jobs. */
void round_order_ended(struct hub *h, struct round_order *o);
/* It is left for the rest of the round.  since: of its first job, when that
 * found no site; INT64_MAX: something else is the matter. */
void round_order_left(struct hub *h, struct round_order *o, int64_t since);
/* What was not come to is dirty, for the next round.  True: there is such. */
bool round_order_end(struct hub *h, struct round_order *o);

#endif
