/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * round - assign pending jobs to sites that want work.
 *
 * Jobs of different shapes are taken by priority, then in the order in which
 * they came; a shape whose next job finds no site now is left for this round.
 * Only shapes whose queue or verdicts changed, or whose time has come, are
 * looked at, and those that a site may have which has just spoken.
 *
 *	round_order	whose turn it is
 *	round_step	what becomes of that job
 *	round_candidates	which sites may have it, and what they cost its owner
 *	round_inside	the same for one that names a reservation
 *	round_plan	what it holds for later when none can have it now
 *	round_assign	it is given to a site, or ended
 */
#ifndef SPOOLD_ROUND_H
#define SPOOLD_ROUND_H

#include "hub.h"

enum round_reason { ROUND_CHANGES, ROUND_MAIL, ROUND_ALL };

/* Jobs may be assigned, ended (NO, or their time is over), or left.  *more:
 * the batch was full; commit and call again.  *wake: instant of the next look
 * that only time asks for; INT64_MAX: none. */
void round_run(struct hub *h, enum round_reason reason, bool *more, int64_t *wake);

#endif
