/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pass_part - the steps that a turn has in every loop of pass.h.
 *
 * What was composed is flushed before it is shown, and what was chosen before it is
 * launched: nobody outside sees what a power cut could take back.
 */
#ifndef AGENT_PASS_PART_H
#define AGENT_PASS_PART_H

#include "agent.h"

/* Compose what there is to say; true: a message is hidden. */
bool pass_tell(struct agent *a);
/* The one flush.  False: nothing may become visible.  It is not tried again by
 * this process: the kernel forgets what it could not write, and would call the
 * next one a success. */
bool pass_flush(struct agent *a);
/* The hidden message, after the flush.  False: it stays hidden. */
bool pass_show(struct agent *a);
/* Make directories of jobs that have their inputs, and choose those that fit. */
void pass_build(struct agent *a);

#endif
