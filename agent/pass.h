/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pass - the agent's two main loops, and the small one between two passes.
 * All return an exit code of sysexits(3).
 */
#ifndef AGENT_PASS_H
#define AGENT_PASS_H

#include "agent.h"

/* Everything once; the agent is open. */
int pass_run(struct agent *a);
/* Until SIGTERM or SIGINT. */
int pass_watch(struct agent *a);
/* Without the hub: collect what ended, start what fits.  True: more is held that
 * waits for something that will end by itself. */
bool pass_local(struct agent *a);

#endif
