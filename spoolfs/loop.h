/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop - who answers the kernel: one thread, until it would be long about it.
 *
 * Waking a thread on another CPU costs more than most answers (libfuse's own
 * loop of many threads took 24 us for open, read and close of a cached file,
 * one thread 13 us), so one thread, the leader, takes all requests.  A handler
 * that is about to do something slow says so (loop_slow): then another thread
 * takes the lead, and this one rests when it is done.
 */
#ifndef SPOOLFS_LOOP_H
#define SPOOLFS_LOOP_H

struct fuse_session;

/* Until the session ends.  0, or an errno. */
int loop_run(struct fuse_session *se);
/* From a handler: this may take long.  Costs some 50 us; twice costs nothing. */
void loop_slow(void);
/* The session was told to exit: see that the leader notices.  By any thread,
 * as often as needed until loop_run() returns; uses SIGUSR1. */
void loop_nudge(void);

#endif
