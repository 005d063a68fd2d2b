/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch_thread - the inside of watch.h: the thread that lives in
 * libinotifytools, and what it shares with the callers of watch.c.
 *
 * watch_thread_init(), in the opening thread, before the thread is started;
 * then only watch_thread_main(), which leaves after a QUIT and gives the
 * library back.  A request is put into the one slot under the lock, then
 * watch_thread_bell() is called; the thread sets verb to NOTHING and signals
 * `answered` when it is done.
 */
#ifndef FORMATS_WATCH_THREAD_H
#define FORMATS_WATCH_THREAD_H

#include <pthread.h>

#include "watch_pile.h"

enum watch_verb { WATCH_NOTHING, WATCH_ADD, WATCH_REMOVE, WATCH_QUIT };

struct watch_request {
	enum watch_verb verb;
	const char *path;
	uint32_t events;
	int tag;
	int rc;
	struct diag diag;
};

struct watch {
	pthread_t thread;
	pthread_mutex_t callers;	/* held by whoever owns the slot */
	pthread_mutex_t lock;		/* request, pile, rung, ended */
	pthread_cond_t answered;
	struct watch_request request;
	struct watch_pile pile;
	bool rung;			/* the eventfd was written and not yet read */
	bool ended;			/* the library failed for good */
	int wake;			/* eventfd, to the main loop */
	int bell;			/* memfd, to the thread */

	/* The thread's own: */
	int fd;				/* the library's inotify descriptor */
	int bell_wd;
	bool behind;			/* at the last event the caller had not looked yet */
	struct watch_arm *arm;		/* by wd, ascending */
	int n, cap;
};

int watch_thread_init(struct watch *w, struct diag *d);
void watch_thread_undo(void);
void *watch_thread_main(void *watch);

/* Wake the thread so that it looks into the slot. */
void watch_thread_bell(struct watch *w);
/* With the lock held: is the eventfd to be written?  Then, without it, do. */
bool watch_thread_ring(struct watch *w);
void watch_thread_wake(struct watch *w, bool ring);

#endif
