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
#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "drop_mark.h"

struct hub;

/* A drop that was dealt with and has to leave inbox/ after the flush. */
struct leaving {
	char name[256];
	struct drop_mark mark;
	bool gone;
};

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

/* Room for n more drops to leave, so that hub_leave cannot fail. */
int hub_leave_reserve(struct hub *h, uint32_t n, struct diag *d);
/* Remember to remove a drop after the next flush. */
void hub_leave(struct hub *h, const char *drop, const struct drop_mark *m);
/* Was it dealt with, and only not removed yet? */
bool hub_is_leaving(const struct hub *h, const char *drop);

#endif
