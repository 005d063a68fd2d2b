/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tend - between two passes of `run`.
 *
 * A pass started by cron may leave attempts that wait for a core or for data.
 * Both come free before the next pass, so a process stays behind that collects
 * what ends and starts what fits, without talking to the hub, until nothing is
 * waiting any more.  It takes the agent's lock for each look only, and so gives
 * way to the next pass.
 *
 *	STATE/tend.lock		held by it; one is enough
 */
#ifndef AGENT_TEND_H
#define AGENT_TEND_H

#include <stdbool.h>

#include "agent.h"

/* Set one going, if there is none and there is something to wait for. */
void tend_start(struct agent *a);
/* Does an agreed start come before the next pass surely has been? */
bool tend_soon(const struct agent *a);
/* Is one there?  Then the agent's lock will soon be free. */
bool tend_there(const char *state);
/* What it does; an exit code. */
int tend(const struct settings *set);

#endif
