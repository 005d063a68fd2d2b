/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_started - JOBDIR/started: a job is never started twice.
 *
 * The file appears once, whole and locked (flock(2)), and is on disk before the
 * task can run, unless `limits` says that a later boot will not start it (boot.h);
 * it is never removed or changed.  Its shim holds the lock as long as
 * it lives, so whoever can take the lock knows that there is no shim any more:
 *
 *	started		lock	exit	state
 *	no		-	no	never started: a shim may be
 *	yes		held	no	running
 *	yes		free	no	the shim died; `spool-shim --reap` settles it
 *	yes		held	yes	ended, the shim is about to leave
 *	yes		free	yes	ended
 *
 * Text: lines `pid N`, `ticks N` (when it was started, field 22 of
 * /proc/PID/stat), `boot ID` (/proc/sys/kernel/random/boot_id), `mode run|poll`,
 * `time ISO`, `verbs LIST` of the runner, and `cgroup DIR` for each cgroup that
 * it is going to make.
 */
#ifndef AGENT_SHIM_STARTED_H
#define AGENT_SHIM_STARTED_H

#include <stdbool.h>
#include <sys/types.h>

#include "buf.h"
#include "diag.h"

enum { SHIM_BOOT = 40 };

/* The id of this boot.  False: it cannot be had. */
bool shim_boot(char id[SHIM_BOOT]);

/* Make it.  more: further lines.  flush: it is on disk before this returns.
 * Returns the locked descriptor, to be kept.  -1: EEXIST when there is one already. */
int shim_started_make(int dir, const char *mode, const char *more, bool flush, struct diag *d);

/* Take the lock of one that is there.  -1: EWOULDBLOCK when the shim lives,
 * ENOENT when the job was never started. */
int shim_started_take(int dir, struct diag *d);

/* Is there a shim for it?  False also when there never was one. */
bool shim_started_alive(int dir);

/* Its text; empty when the power was cut while it was made. */
int shim_started_read(int dir, struct buf *out, struct diag *d);
/* The value of the first (after NULL) or next line with this word, or NULL;
 * *len is its length. */
const char *shim_started_line(const char *text, const char *after, const char *word, size_t *len);

#endif
