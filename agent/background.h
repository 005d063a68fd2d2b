/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * background - long work in a forked child that may outlive this process.
 *
 * At most one child for each lock file: the child inherits the flock(2), so
 * the next process of the agent sees by the lock alone that the work is still
 * going on, and a killed child leaves nothing that has to be cleared up.  What
 * came out of the work the child leaves in a file, by rename(2).
 *
 * While the lock is held the file says who holds it: a number, or nothing for the
 * moment before the child has written it.  So whoever finds it taken can end it, and
 * what it runs with exec_run() ends with it.
 */
#ifndef AGENT_BACKGROUND_H
#define AGENT_BACKGROUND_H

#include <stdbool.h>
#include <sys/types.h>

#include "diag.h"
#include "state.h"

/* Its return value is the child's exit status. */
typedef int background_work(void *ctx);

/* 1: started, *pid is the child; 0: such a child is there already; -1. */
int background_start(struct state *st, int dir, const char *lock, background_work *work,
		     void *ctx, pid_t *pid, struct diag *d);
/*
 * In a child: hold another's lock too, as soon as it is free.  A descriptor, or -1.  The
 * file does not say who holds it: nobody ends this child for the sake of that lock.
 */
int background_hold(int dir, const char *lock, struct diag *d);
/* A descriptor that no child is to keep: of a lock of ours.  -1: none. */
void background_private(int fd);
/* Is a child at work under this lock? */
bool background_busy(int dir, const char *lock);
/* Tell it to end, whoever started it: SIGTERM.  False: there is none. */
bool background_stop(int dir, const char *lock);
/* Wait until the child has ended, at most ms.  True: it has, and was reaped. */
bool background_wait(pid_t pid, int ms, int *status);

#endif
