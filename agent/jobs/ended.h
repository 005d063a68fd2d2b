/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ended - attempts that have ended: ended/KEY/report is the line that the hub is
 * told until it settles it.
 */
#ifndef AGENT_ENDED_H
#define AGENT_ENDED_H

#include "agent.h"
#include "message.h"

/*
 * It ends without ever having run: cancelled, or nothing here can run it.
 * phase: PHASE_CANCELLED or PHASE_FAILED; cause as in message_report, or NULL.
 * Its file in waiting/ or preparing/ goes.  -1: nothing has changed.
 */
int ended_without_running(struct agent *a, struct attempt *at, int phase, const char *cause,
			  const char *text, struct diag *d);

/* The hub has all of it: forget it. */
int ended_settle(struct agent *a, struct attempt *at, struct diag *d);
/* Remove what has been settled; may take its time.  Milliseconds as of instant_steady_ms();
 * returns when to try again what could not be removed; INT64_MAX: all has gone. */
int64_t ended_empty_trash(struct agent *a, int64_t now);
/* The job's scratch goes as soon as its results are safe; may take its time. */
void ended_tidy(struct agent *a);

#endif
