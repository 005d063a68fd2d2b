/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
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

void hub_leave(struct hub *h, const char *drop, const struct stat *st)
{
	struct leaving *l = &h->leaving[h->leavings++];

	snprintf(l->name, sizeof l->name, "%s", drop);
	l->ino = st->st_ino;
	l->mtime = st->st_mtim;
}

bool hub_is_leaving(const struct hub *h, const char *drop)
{
	for (uint32_t i = 0; i < h->leavings; i++)
		if (!strcmp(h->leaving[i].name, drop))
			return true;
	return false;
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

/* Somebody may have put a new file in the place of the one that was taken. */
static bool still_the_same(const struct hub *h, const struct leaving *l)
{
	struct stat st;

	return fstatat(h->spool.inbox, l->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == l->ino &&
	       st.st_mtim.tv_sec == l->mtime.tv_sec && st.st_mtim.tv_nsec == l->mtime.tv_nsec;
}

/* What cannot be removed stays in the list, so that it is not taken again. */
static void remove_drops(struct hub *h)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < h->leavings; i++) {
		struct leaving *l = &h->leaving[i];

		if (!still_the_same(h, l) || unlinkat(h->spool.inbox, l->name, 0) == 0 || errno == ENOENT)
			continue;
		if (!h->retry_at)
			hub_log("cannot remove inbox/%s, which was taken: %s", l->name, strerror(errno));
		h->count.errors++;
		h->leaving[kept++] = *l;
	}
	h->leavings = kept;
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
