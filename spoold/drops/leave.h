/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leave - drops that were dealt with leave inbox/, after the flush.
 *
 *	leave_begin(&l, h);
 *	(whatever does not touch inbox/ or the list of what leaves)
 *	leave_end(&l);
 *
 * Removing is mostly waiting where the file system passes each freed extent on
 * to the device (ext4 with `discard`): 110 us for one file after the other,
 * 36 us with two threads, 19 us with eight.
 */
#ifndef SPOOLD_LEAVE_H
#define SPOOLD_LEAVE_H

#include <pthread.h>

#include "hub.h"

enum { LEAVE_THREADS = 8 };

struct leave {
	struct hub *h;
	struct leave_share {
		struct hub *h;
		uint32_t from, errors;		/* every LEAVE_THREADS-th of the list */
		bool started;
		pthread_t thread;
	} share[LEAVE_THREADS];
};

void leave_begin(struct leave *l, struct hub *h);
/* All have left, or there is a line in the log. */
void leave_end(struct leave *l);

#endif
