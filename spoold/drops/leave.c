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

static uint32_t hash_of(const struct hub *h, const char *name)
{
	return (uint32_t)shapes_hash(&h->shapes, name, strlen(name));
}

bool hub_is_leaving(const struct hub *h, const char *drop)
{
	const struct leave *l = &h->leave;
	uint32_t i, at = 0;

	for (i = 0; i < h->leavings; i++)
		if (!strcmp(h->leaving[i].name, drop))
			return true;
	if (!l->many) {
		for (i = 0; i < l->count; i++)
			if (!strcmp(l->list[i].name, drop))
				return true;
		return false;
	}
	while ((i = lookup_next(&l->by_name, hash_of(h, drop), &at)) != NO_ITEM)
		if (!strcmp(l->list[i].name, drop))
			return true;
	return false;
}

static void *remove_share(void *arg)
{
	struct leave_share *s = arg;
	const struct hub *h = s->h;

	for (uint32_t i = s->from; i < h->leave.count; i += LEAVE_THREADS) {
		struct leaving *l = &h->leave.list[i];

		/* Somebody may have put a new file in the place of the one that was taken. */
		l->gone = !drop_mark_holds(h, l->name, &l->mark) || unlinkat(h->spool.inbox, l->name, 0) == 0 ||
			  errno == ENOENT;
		if (l->gone)
			continue;
		if (!s->quiet)
			hub_log("cannot remove inbox/%s, which was taken: %s", l->name, strerror(errno));
		s->errors++;
	}
	return NULL;
}

/* What cannot be removed stays in the list, so that it is not taken again. */
static void keep_the_rest(struct leave *l)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < l->count; i++)
		if (!l->list[i].gone)
			l->list[kept++] = l->list[i];
	l->count = kept;
	lookup_clear(&l->by_name);
	l->many = false;
}

static void begin_share(struct hub *h, uint32_t i)
{
	struct leave_share *s = &h->leave.share[i];

	*s = (struct leave_share){ .h = h, .from = i, .quiet = h->retry_at };
	if (h->leave.many)
		s->started = pthread_create(&s->thread, NULL, remove_share, s) == 0;
}

static void end_shares(struct hub *h)
{
	for (uint32_t i = 0; i < LEAVE_THREADS; i++) {
		struct leave_share *s = &h->leave.share[i];

		if (s->started)
			pthread_join(s->thread, NULL);
		else
			remove_share(s);
		h->count.errors += s->errors;
	}
	keep_the_rest(&h->leave);
}

void leave_few(struct hub *h)
{
	if (h->leave.count && !h->leave.many)
		end_shares(h);
}

void leave_wait(struct hub *h)
{
	if (h->leave.many)
		end_shares(h);
}

/* The list becomes the one of those that leave.  Without memory those that could
 * not be removed before are tried by themselves, and the others come later. */
static void take_over(struct hub *h)
{
	struct leave *l = &h->leave, was = *l;
	struct diag d = DIAG_INIT;

	if (hub_leave_reserve(h, l->count, &d) < 0)
		return;
	for (uint32_t i = 0; i < was.count; i++)
		h->leaving[h->leavings++] = was.list[i];
	l->list = h->leaving;
	l->count = h->leavings;
	l->cap = h->leaving_cap;
	h->leaving = was.list;
	h->leavings = 0;
	h->leaving_cap = was.cap;
}

static bool know_names(struct hub *h)
{
	struct leave *l = &h->leave;

	for (uint32_t i = 0; i < l->count; i++) {
		if (!lookup_reserve(&l->by_name))
			return false;
		lookup_add(&l->by_name, hash_of(h, l->list[i].name), i);
	}
	return true;
}

void leave_begin(struct hub *h)
{
	struct leave *l = &h->leave;

	leave_wait(h);
	l->again = l->count;
	take_over(h);
	l->many = l->count > FEW && know_names(h);
	for (uint32_t i = 0; i < LEAVE_THREADS; i++)
		begin_share(h, i);
}
