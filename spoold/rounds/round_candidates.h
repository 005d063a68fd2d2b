/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * round_candidates - which sites a job may go to in this round, and which of
 * them its owner can pay.
 *
 * Verdicts are those of the job's shape (shapes.h); budget, credit, trust and the
 * site's timeline are as they stand now, and hold until something is assigned.
 */
#ifndef SPOOLD_ROUND_CANDIDATES_H
#define SPOOLD_ROUND_CANDIDATES_H

#include "hub.h"

struct candidate;

/* Into c, one for each site.  Returns the worst of accounts_afford(): what keeps
 * some site from having the job may be only that it costs too much. */
int round_candidates(struct hub *h, uint32_t job, struct candidate *c);
/* Can no site that may have the job be paid for in this period?  Then *why says
 * so of each. */
bool round_too_dear(struct hub *h, uint32_t job, struct buf *why);

#endif
