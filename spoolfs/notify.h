/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notify - from the spool's directories to the index, and on to the kernel.
 *
 *	notify_start	arms the watches, scans, starts the threads
 *	(a thread)	hints -> refresh.h -> index -> stale_send, wait_sweep
 *	notify_stop	ends the threads
 *
 * A hint only says which jobs to look at; where their files are is the truth.
 * When hints were lost everything is looked at.  Without inotify, and every
 * minute in any case, the directories are scanned by the clock.
 */
#ifndef SPOOLFS_NOTIFY_H
#define SPOOLFS_NOTIFY_H

#include "diag.h"

struct view;
struct notify;

/* After the last fork, with the session made.  The first scan takes names
 * alone; details are loaded in a second thread. */
struct notify *notify_start(struct view *v, struct diag *d);
/* Ask it to end the session's loop; safe in a signal handler. */
void notify_ask_exit(struct notify *n);
/* The loop has ended: returns when the threads have. */
void notify_stop(struct notify *n);

#endif
