/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * round_assign - a pending job leaves its queue: it is given to a site, or ended.
 *
 * What can fail comes before the transition: when -1 comes back the job waits
 * as before, with its attempt, no message tells of it and no site holds it.
 */
#ifndef SPOOLD_ROUND_ASSIGN_H
#define SPOOLD_ROUND_ASSIGN_H

#include "hub.h"

struct candidate;

/* Assign one job, pending or offered, to a site: transition and message.  why:
 * for the job's line, or NULL. */
int round_assign(struct hub *h, uint32_t job, uint16_t site, const char *why, struct diag *d);
/* The same to the site that the planner chose, saying why (why_choice.h). */
int round_assign_chosen(struct hub *h, uint32_t job, const struct candidate *c, const struct planner_job *p,
			const struct planner_choice *ch, struct diag *d);
/* End a pending job; answer and text for its line, answer may be NULL. */
int round_end(struct hub *h, uint32_t job, enum phase to, const char *answer, const char *text,
	      struct diag *d);

#endif
