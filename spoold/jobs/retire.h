/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * retire - finished jobs, out of the way: archive/YYYY/MM-DD.tar.zst.
 *
 * A run packs the jobs that ended longer ago than `archive.after`, with their
 * results, into a new file named after today (MM-DD.N.tar.zst for the Nth of
 * a day), flushes it, shows it, and then removes what it packed.  Killed in
 * between, the same jobs are packed again: a job may stand in two archives,
 * never in none.  Beside it lies MM-DD.list, which says what is in it.
 */
#ifndef SPOOLD_RETIRE_H
#define SPOOLD_RETIRE_H

#include "hub.h"

/* Pack at most a batch.  Returns how many jobs; -1: *d.  *due: before this
 * instant no other job will be old enough. */
int retire_run(struct hub *h, int64_t *due, struct diag *d);

/* Is the job archived?  In which phase it ended, and, unless owner is NULL, whose
 * it is.  Costs a look at the lists of all archives since it was made. */
bool retire_find(struct hub *h, const struct uuid *id, enum phase *phase, uint32_t *owner);

/* The line of a job in the list beside an archive, and that list's name. */
void retire_list_add(struct hub *h, const struct uuid *id, enum phase phase, struct buf *list);
void retire_list_name(const char *archive, char out[48]);

#endif
