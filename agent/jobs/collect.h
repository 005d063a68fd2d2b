/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * collect - from running/ to ended/.
 *
 * An attempt has ended when its shim has published `exit`.  What it left behind
 * is measured, put where the hub can take it, and written down as the line that
 * will be told (gather.h).  Then running/KEY becomes ended/KEY.  All of it can
 * be done again after a crash.
 *
 * A shim that died without a word is reaped; an attempt that never had one,
 * because the agent was killed before, gets it.
 */
#ifndef AGENT_COLLECT_H
#define AGENT_COLLECT_H

#include "agent.h"

/* Look at all that are running, except those whose end the loop will tell. */
void collect(struct agent *a);
/* The shim, or the child that gathers results, of this attempt may have ended. */
void collect_one(struct agent *a, struct attempt *at);
/* Without a loop: give children that gather up to ms.  False: there are none. */
bool collect_wait(struct agent *a, int ms);

/* Tell a running attempt to stop; its end comes by itself, as cancelled. */
int collect_stop(struct agent *a, struct attempt *at, const char *reason, struct diag *d);

#endif
