/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * retire - finished jobs, out of the way: archive/YYYY/MM-DD.tar.zst.
 *
 * A run packs the jobs that ended longer ago than `archive.after`, with their
 * results, into a new file named after today (MM-DD.N.tar.zst for the Nth of
 * a day), flushes it, shows it, and then removes what it packed.  Killed in
 * between, the same jobs are packed again: a job may stand in two archives,
 * never in none.
 */
#ifndef SPOOLD_RETIRE_H
#define SPOOLD_RETIRE_H

#include "hub.h"

/* Pack at most a batch.  Returns how many jobs; -1: *d.  *due: before this
 * instant no other job will be old enough. */
int retire_run(struct hub *h, int64_t *due, struct diag *d);

#endif
