/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probes - measuring the stores that no transfer has told of lately: connect, first
 * byte, a small read.  In a child, under STATE/stores.lock, for one may hang.
 */
#ifndef AGENT_PROBES_H
#define AGENT_PROBES_H

#include "agent.h"

/* all: also those that were measured just now. */
void probes_start(struct agent *a, bool all);
/* Is a question of the hub to wait for what is being measured? */
bool probes_awaited(const struct agent *a);
/* Wait for it, at most so long. */
void probes_wait(struct agent *a, int ms);

#endif
