/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stage - the datasets that attempts need, outside of the cores' time.
 *
 * An attempt whose data is not here moves from waiting/ to preparing/ while it
 * is fetched, and back when all of it has come; nobody waits for it meanwhile.
 * Data that turns out to be something else than was promised fails it.
 */
#ifndef AGENT_STAGE_H
#define AGENT_STAGE_H

#include "agent.h"

void stage(struct agent *a);
/*
 * Put a dataset that is here into a directory of a job as dir/NAME: a clone or hard
 * links of what is cached, and a symbolic link to what is the administrator's, or
 * lies on another file system.  *path is where it is then, to be freed; with links
 * of its own below `final`, the path that dir will have.  -1: *d.
 */
int stage_put(struct agent *a, const struct attempt_need *n, int dir, const char *final,
	      char **path, struct diag *d);
/* It starts now: is what it got of the cache still right?  If not, that is doubtful,
 * and it has to be staged again. */
bool stage_still(struct agent *a, const struct attempt *at);
/* The attempt has ended: what it had links of has to be as it was. */
void stage_check(struct agent *a, const struct attempt *at);
/* It is told of, and its directory goes: take back what it has of the cache. */
void stage_return(struct agent *a, const struct attempt *at, int dir);
/* It was thrown away: who waits for a core only waits for it again. */
void stage_gone(struct agent *a, const struct digest *g);
/* For struct fetches. */
bool stage_needed(const struct digest *g, void *agent);

#endif
