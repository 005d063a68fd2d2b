/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recover_job - one job into the table, with all that a job in its phase holds
 * there: a shape, an owner's account, a lane, a site, its place on the timeline.
 *
 * Nothing is read or written but the file's text, which the caller has; whoever
 * makes a job file outside of inbox/ takes the job up with this as well.
 */
#ifndef SPOOLD_RECOVER_JOB_H
#define SPOOLD_RECOVER_JOB_H

#include "hub.h"

/* As its file tells.  A pending one is in no queue yet. */
int recover_job(struct hub *h, const struct job_state *st, uint32_t *index, struct diag *d);

#endif
