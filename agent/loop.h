/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop - what `watch` sleeps on: signals, down/, the ends of shims and children.
 *
 * Ends are told by pidfds, of children and of shims that an earlier process
 * started alike.  All of it are hints to look again.
 */
#ifndef AGENT_LOOP_H
#define AGENT_LOOP_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent.h"

enum { LOOP_STOP = 1, LOOP_MAIL = 2, LOOP_ENDS = 4, LOOP_CHILD = 8 };

/* Block SIGTERM and SIGINT, and open all of it; a->loop is set. */
int loop_open(struct agent *a, struct diag *d);
void loop_close(struct agent *a);

/* Be told when the process at->pid ends: collect_one() is called.  Without a
 * loop, or where it cannot be had, nothing happens, and at->pidfd stays -1. */
void loop_watch(struct agent *a, struct attempt *at);
/* Before the attempt goes, or its process has been seen to end. */
void loop_forget(struct agent *a, struct attempt *at);
/* The same for a child that does something else; told as LOOP_CHILD. */
void loop_child(struct agent *a, pid_t pid);

/* Is somebody watching down/ for us? */
bool loop_sees(const struct agent *a);

/* Sleep until something happens, at most ms; LOOP_*, or'ed; 0: nothing. */
int loop_wait(struct agent *a, int ms);

/* In pass_watch.c: a child given to loop_child() has ended and was reaped. */
void child_ended(struct agent *a, pid_t pid, int status);

#endif
