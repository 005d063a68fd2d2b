/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub.h"
#include "leave.h"
#include "say.h"
#include "transition.h"

/* Pending jobs of this turn that no site took get their files now.  One that
 * cannot be written is forgotten: its drop still lies in inbox/. */
static int write_fresh(struct hub *h, struct diag *d)
{
	int r = 0;

	for (uint32_t i = 0; i < h->freshes; i++) {
		uint32_t j = h->fresh[i].job;

		if (j == NO_JOB)
			continue;
		if (transition_write_fresh(h, j, d) == 0)
			continue;
		r = -1;
		transition_forget_fresh(h, j);
	}
	h->freshes = 0;
	return r;
}

int hub_flush(struct hub *h)
{
	struct diag d = DIAG_INIT;

	/* The kernel drops what it could not write, and calls the next flush good. */
	if (h->flush_failed)
		return -1;
	if (!h->unflushed)
		return 0;
	flush_mark_begin(&h->mark, &h->spool);
	if (spool_flush(&h->spool, &d) < 0) {
		hub_trouble(h, "flushing the spool", &d);
		h->flush_failed = true;
		return -1;
	}
	flush_mark_end(&h->mark);
	h->count.flushes++;
	h->unflushed = false;
	return 0;
}

static int speak(struct hub *h)
{
	say_hide(h);
	if (hub_flush(h) < 0)
		return -1;
	say_show(h);
	return 0;
}

int hub_commit(struct hub *h)
{
	struct diag d = DIAG_INIT;
	int r;

	if (write_fresh(h, &d) < 0)
		hub_trouble(h, "writing jobs", &d);
	if (hub_flush(h) < 0)
		return -1;
	leave_begin(h);
	r = speak(h);
	leave_few(h);
	return r;
}
