/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "leave.h"
#include "hub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For fewer a thread costs more than it brings. */
enum { FEW = 32 };

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

void hub_leave(struct hub *h, const char *drop, const struct drop_mark *m)
{
	struct leaving *l = &h->leaving[h->leavings++];

	snprintf(l->name, sizeof l->name, "%s", drop);
	l->mark = *m;
	l->gone = false;
}

bool hub_is_leaving(const struct hub *h, const char *drop)
{
	for (uint32_t i = 0; i < h->leavings; i++)
		if (!strcmp(h->leaving[i].name, drop))
			return true;
	return false;
}

static void *remove_share(void *arg)
{
	struct leave_share *s = arg;

	for (uint32_t i = s->from; i < s->h->leavings; i += LEAVE_THREADS) {
		struct leaving *l = &s->h->leaving[i];

		/* Somebody may have put a new file in the place of the one that was taken. */
		l->gone = !drop_mark_holds(s->h, l->name, &l->mark) || unlinkat(s->h->spool.inbox, l->name, 0) == 0 ||
			  errno == ENOENT;
		if (l->gone)
			continue;
		if (!s->h->retry_at)
			hub_log("cannot remove inbox/%s, which was taken: %s", l->name, strerror(errno));
		s->errors++;
	}
	return NULL;
}

void leave_begin(struct leave *l, struct hub *h)
{
	l->h = h;
	for (uint32_t i = 0; i < LEAVE_THREADS; i++) {
		struct leave_share *s = &l->share[i];

		*s = (struct leave_share){ .h = h, .from = i };
		if (h->leavings > FEW)
			s->started = pthread_create(&s->thread, NULL, remove_share, s) == 0;
	}
}

/* What cannot be removed stays in the list, so that it is not taken again. */
static void keep_the_rest(struct hub *h)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < h->leavings; i++)
		if (!h->leaving[i].gone)
			h->leaving[kept++] = h->leaving[i];
	h->leavings = kept;
}

void leave_end(struct leave *l)
{
	for (uint32_t i = 0; i < LEAVE_THREADS; i++) {
		struct leave_share *s = &l->share[i];

		if (s->started)
			pthread_join(s->thread, NULL);
		else
			remove_share(s);
		l->h->count.errors += s->errors;
	}
	keep_the_rest(l->h);
}
