/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recover_jobs - jobs/ after any end: each file whole and in the directory that
 * its history names, each job that has not ended in the table and, where it is
 * pending, in its queue, in the order of ids.
 *
 * Nothing is flushed here: recover() does that before anybody is told.
 */
#ifndef SPOOLD_RECOVER_JOBS_H
#define SPOOLD_RECOVER_JOBS_H

#include <time.h>

#include "hub.h"

struct inbox_seen;

struct recovered { uint64_t count, torn, moved, removed; };

/* since: flush_mark_since(); jobs that ended before are not looked at. */
int recover_jobs(struct hub *h, struct inbox_seen *seen, const struct timespec *since, struct recovered *found,
		 struct diag *d);

#endif
