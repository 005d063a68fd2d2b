/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_reap - settle a job whose shim was killed.
 *
 * Kills what is left of the task, removes its cgroups, and publishes `exit`
 * with cause site when there is none.  Doing it again does no harm.
 */
#ifndef AGENT_SHIM_REAP_H
#define AGENT_SHIM_REAP_H

#include "shim_job.h"

/*
 * runner: absolute, or NULL: its `stop` is called for a job in mode poll, and
 * `cleanup` if it knows that.
 * 0: settled.  -1: errno is EWOULDBLOCK when the shim lives, ENOENT when the
 * job was never started.
 */
int shim_reap(struct shim_job *j, const char *runner, struct diag *d);

#endif
