/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start - from waiting/ to running/.
 *
 *	start_build	makes job directories, hidden, for those that fit now and
 *			a few more, so that a core that becomes free need not wait
 *	start_choose	which of them fit now: in the order of arrival, a smaller
 *			one may pass a larger one that does not fit, so often
 *	(a flush)
 *	start_flushed	says that they are on disk
 *	start_launch	renames, and sets a shim going
 *
 * An attempt is never started twice: the rename happens once, and of all shims
 * for a directory one gets to make `started`.
 */
#ifndef AGENT_START_H
#define AGENT_START_H

#include <limits.h>

#include "agent.h"

void start_build(struct agent *a);
void start_choose(struct agent *a);
void start_flushed(struct agent *a);
/* READY, and what was made for it is not right any more: it waits again. */
void start_undo(struct agent *a, struct attempt *at);
/* How many were launched. */
int start_launch(struct agent *a);

/* For collect: its directory lies in running/, and there is no shim.  resume:
 * there was one, of a task that is somewhere else and goes on by itself. */
void start_again(struct agent *a, struct attempt *at, bool resume);
/* Its shim was started by an earlier process. */
void start_adopt(struct agent *a, struct attempt *at, int dir);
/* Was it started in mode poll?  dir: JOBDIR. */
bool start_polls(int dir);
/* Its runner, as it was started with. */
int start_runner(struct agent *a, const struct attempt *at, char out[PATH_MAX]);

#endif
