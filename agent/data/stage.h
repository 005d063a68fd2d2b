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
/* Where a dataset lies that is here; NULL: it is not (any more).  To be freed. */
char *stage_find(struct agent *a, const struct attempt_need *n);
/* For struct fetches. */
bool stage_needed(const struct digest *g, void *agent);

#endif
