/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tell - what the hub has to hear, and when.
 *
 * Everything is told until it is known to have arrived:
 *  - the end of an attempt until the hub settles it, though not again while a
 *    message that says so is still in up/;
 *  - the phase of one that has not ended once after each change, and again by
 *    each new process of the agent unless a message in up/ says so;
 *  - the site document when something in it has changed, and as a sign of life.
 * Only the latest phase is told: a job that is quicker than the mail is told once.
 *
 * In watch, ends are told soon but not one by one: a message costs both sides
 * more than a report in it.
 */
#ifndef AGENT_TELL_H
#define AGENT_TELL_H

#include "agent.h"

/* After receive_open and held_scan: what do messages still in up/ say? */
int tell_open(struct agent *a, struct diag *d);

/* Is it time for a message?  If not, *wait gets the milliseconds until it may
 * be (never more than it is).  force: whatever there is to say. */
bool tell_due(struct agent *a, bool force, int *wait);
/* Compose it and hide it; 1: a message is hidden; 0: there is nothing to say. */
int tell_compose(struct agent *a, struct diag *d);
/* After the flush. */
int tell_show(struct agent *a, struct diag *d);

#endif
