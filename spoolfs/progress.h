/* SPDX-License-Identifier: GPL-2.0-or-later */
/* progress - how far the data of a job is on its way, as its site told last. */
#ifndef SPOOLFS_PROGRESS_H
#define SPOOLFS_PROGRESS_H

#include "index.h"

struct view;

/* May its status have such lines, which come and go without a change of the job? */
static inline bool progress_moves(const struct job *j)
{
	return (j->phase == PHASE_PREPARING || j->phase == PHASE_RELEASING) && !j->archived;
}
/* Append a line for each transfer that the job waits for: nothing for a job that is not
 * preparing or releasing.  Not under the index's lock. */
void progress_add(struct view *v, const struct job *j, struct buf *out);

#endif
