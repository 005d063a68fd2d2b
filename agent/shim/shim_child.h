/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_child - `RUNNER VERB JOBDIR`, as a child of the shim.
 *
 * It gets /dev/null as standard input, the working directory JOBDIR/work, a
 * process group of its own, the job's environment, no blocked or ignored
 * signal and no descriptor beside the first three; and it is killed when the
 * shim dies.
 */
#ifndef AGENT_SHIM_CHILD_H
#define AGENT_SHIM_CHILD_H

#include <sys/types.h>

#include "diag.h"
#include "shim_group.h"
#include "shim_job.h"

struct shim_child {
	const char *runner;	/* absolute */
	const char *verb;
	int out, err;		/* its standard output and error */
	struct shim_group *group;	/* to be in; NULL: none */
	bool limited;		/* set the rlimits, where the group does not limit */
};

/* -1: it could not be started; *d says why, and no child is left. */
pid_t shim_child_start(const struct shim_child *c, const struct shim_job *j, struct diag *d);

#endif
