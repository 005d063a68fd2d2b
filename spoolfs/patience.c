/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "patience.h"

#include <time.h>

#include "loop.h"

enum { WAIT_MS = 5000, EAGER_MS = 100, MOST_WAITING = 8 };

static int waiting;

bool patience(bool (*done)(void *ctx), void *ctx)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	bool is = false;
	int ms = 0;

	loop_slow();
	if (__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST) > MOST_WAITING)
		ms = WAIT_MS;
	while (!(is = done(ctx)) && ms < WAIT_MS) {
		if (ms > EAGER_MS)
			pause.tv_nsec = 10000000;
		nanosleep(&pause, NULL);
		ms += (int)(pause.tv_nsec / 1000000);
	}
	__atomic_sub_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	return is;
}
