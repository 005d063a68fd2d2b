/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leave - drops that were dealt with leave inbox/, after the flush.
 *
 *	hub_leave_reserve(), hub_leave()	they are put on a list
 *	leave_begin(h)				it is on disk: they begin to leave
 *	leave_few(h)				they have left, unless they are many
 *	leave_wait(h)				many have, too, or there is a line in the log
 *
 * Removing is mostly waiting where the file system passes each freed extent on
 * to the device (ext4 with `discard`): 110 us for one file after the other,
 * 36 us with two threads, 19 us with eight.  So many go on leaving while the
 * next turn works, until its leave_begin() or until there is nothing else to
 * do.  Meanwhile hub_is_leaving() tells them from new ones, and h->spool.inbox
 * stays as it is.
 */
#ifndef SPOOLD_LEAVE_H
#define SPOOLD_LEAVE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "drop_mark.h"
#include "lookup.h"

struct hub;

/* A drop that was dealt with and has to leave inbox/ after the flush. */
struct leaving {
	char name[256];
	struct drop_mark mark;
	bool gone;
};

enum { LEAVE_THREADS = 8 };

/* Those that leave at present.  While threads do it only they write to the
 * list, each to its own share. */
struct leave {
	struct leaving *list;
	uint32_t count, cap;
	struct lookup by_name;			/* empty unless `many` */
	bool many;				/* by threads */
	bool again;				/* some could not be removed before */
	struct leave_share {
		const struct hub *h;
		uint32_t from, errors;		/* every LEAVE_THREADS-th of the list */
		bool quiet;			/* errors were in the log already */
		bool started;
		pthread_t thread;
	} share[LEAVE_THREADS];
};

/* Waits for those of before; what could not be removed is tried again with the others. */
void leave_begin(struct hub *h);
void leave_few(struct hub *h);
void leave_wait(struct hub *h);

/* Room for n more drops to leave, so that hub_leave cannot fail. */
int hub_leave_reserve(struct hub *h, uint32_t n, struct diag *d);
/* Remember to remove a drop after the next flush. */
void hub_leave(struct hub *h, const char *drop, const struct drop_mark *m);
/* Was it dealt with, and only not removed yet? */
bool hub_is_leaving(const struct hub *h, const char *drop);

#endif
