/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub.h"
#include "say.h"
#include "transition.h"

int hub_leave_reserve(struct hub *h, uint32_t n, struct diag *d)
{
	uint32_t need = h->leavings + h->freshes + n, cap = h->leaving_cap ? h->leaving_cap : 64;
	struct leaving *more;

	if (need <= h->leaving_cap)
		return 0;
	while (cap < need)
		cap *= 2;
	more = realloc(h->leaving, cap * sizeof *more);
	if (!more)
		return diag_nomem(d);
	h->leaving = more;
	h->leaving_cap = cap;
	return 0;
}

void hub_leave(struct hub *h, const char *drop)
{
	snprintf(h->leaving[h->leavings++].name, sizeof h->leaving->name, "%s", drop);
}

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

static void remove_drops(struct hub *h)
{
	for (uint32_t i = 0; i < h->leavings; i++) {
		const char *name = h->leaving[i].name;

		if (unlinkat(h->spool.inbox, name, 0) < 0 && errno != ENOENT) {
			hub_log("cannot remove inbox/%s, which was taken: %s", name, strerror(errno));
			h->count.errors++;
		}
	}
	h->leavings = 0;
}

int hub_commit(struct hub *h)
{
	struct diag d = DIAG_INIT;

	if (write_fresh(h, &d) < 0)
		hub_trouble(h, "writing jobs", &d);
	if (say_hide(h, &d) < 0)
		hub_trouble(h, "writing messages", &d);
	if (h->unflushed) {
		if (spool_flush(&h->spool, &d) < 0) {
			hub_trouble(h, "flushing the spool", &d);
			return -1;
		}
		h->count.flushes++;
		h->unflushed = false;
	}
	remove_drops(h);
	if (say_show(h, &d) < 0) {
		hub_trouble(h, "showing messages", &d);
		return -1;
	}
	return 0;
}
