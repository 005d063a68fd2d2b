/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings_env - `environment` of the agent's configuration: what the runners
 * of this site find in their environment, also when they probe, and with them
 * the tasks.
 */
#ifndef AGENT_SETTINGS_ENV_H
#define AGENT_SETTINGS_ENV_H

#include "settings.h"

int settings_env_read(struct settings *s, const struct node *map, struct diag *d);
/* Put it into our own environment, which runners that probe inherit.  -1: errno. */
int settings_env_use(const struct settings *s);

#endif
