/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * round - assign pending jobs to sites that want work.
 *
 * Jobs of different shapes are taken by priority, then in the order in which
 * they came; a shape whose next job finds no site now is left for this round.
 * Only shapes whose queue or verdicts changed, or whose time has come, are
 * looked at, and those that a site may have which has just spoken.
 */
#ifndef SPOOLD_ROUND_H
#define SPOOLD_ROUND_H

#include "hub.h"

struct reserved_answer;

enum round_reason { ROUND_CHANGES, ROUND_MAIL, ROUND_ALL };

/* Jobs may be assigned, ended (NO, or their time is over), or left.  *more:
 * the batch was full; commit and call again.  *wake: instant of the next look
 * that only time asks for; INT64_MAX: none. */
void round_run(struct hub *h, enum round_reason reason, bool *more, int64_t *wake);

/* End a pending job; answer and text for its line, answer may be NULL. */
int round_end(struct hub *h, uint32_t job, enum phase to, const char *answer, const char *text,
	      struct diag *d);
/* Assign one job, pending or offered, to a site: transition and message.  why:
 * for the job's line, or NULL. */
int round_assign(struct hub *h, uint32_t job, uint16_t site, const char *why, struct diag *d);

/* A pending job whose shape names a reservation into that: 1: given to its site,
 * now or with a start to come; 2: answered NO; 0: it waits, until *wake if that is
 * set; -1. */
int round_inside(struct hub *h, uint32_t job, int64_t *wake, struct diag *d);
/* Give it there on these terms, *a of reserved_look(). */
int round_enter(struct hub *h, uint32_t job, const struct reserved_answer *a, struct diag *d);

#endif
