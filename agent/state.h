/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state - the agent's directory, its lock and its flush.
 *
 *	STATE/lock		flock(2): one agent at a time
 *	STATE/waiting/		KEY.yaml: assigned, held
 *	STATE/preparing/	KEY.yaml: its data is on the way
 *	STATE/running/		KEY/: the job directory of shim and runner
 *	STATE/ended/		KEY/: told until the hub settles it
 *	STATE/down/ up/		local mirrors of the mailboxes (not for a hub that
 *				is a path: there they are the mailboxes themselves)
 *	STATE/cache/		see cache.h
 *	STATE/log		see log.h
 *	STATE/runners.yaml datasets.yaml	what was found out before; may be deleted
 *	STATE/synced		its mtime: the last time the hub was reached
 *	STATE/pushed		number of the last message known to be at the hub
 *	STATE/told.yaml		the site document as the hub was last told it
 *	STATE/error		the last error, if the last pass had any
 */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include <stdbool.h>

#include "diag.h"

struct state {
	const char *path;
	int root, waiting, preparing, running, ended;	/* directories; all O_CLOEXEC */
	int down, up, files;		/* files: up/files/ */
	int lock;			/* -1: not held */
	bool up_apart;			/* up is on another file system */
};

/* Make what is missing below path and open it; the mailboxes too, unless they
 * are NULL.  On failure nothing stays open. */
int state_open(struct state *s, const char *path, const char *down, const char *up,
	       struct diag *d);
void state_close(struct state *s);

/* 1: it is ours; 0: another agent has it; -1: it cannot be had. */
int state_lock(struct state *s, struct diag *d);
/* In a forked child: the parent alone keeps the lock. */
void state_forget_lock(struct state *s);

/* A job's directory, which the job may have closed against us.  -1 as io_opendir. */
int state_opendir(int dir, const char *key, struct diag *d);

/* All that was written to the state and to up/ is on disk when this returns 0. */
int state_flush(const struct state *s, struct diag *d);

#endif
