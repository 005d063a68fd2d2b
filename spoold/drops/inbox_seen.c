/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the flush that makes a job durable and the unlink of its drop a
 * crash leaves both.  A job's record tells which drop it came from; at start
 * those that are still there are compared with it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drop.h"
#include "drop_name.h"
#include "grow.h"
#include "inbox.h"
#include "io.h"

struct seen {
	struct drop_mark mark;
	char name[256];
};

struct inbox_seen {
	struct seen *seen;
	uint32_t count, cap;
};

static int by_inode(const void *a, const void *b)
{
	uint64_t x = ((const struct seen *)a)->mark.ino, y = ((const struct seen *)b)->mark.ino;

	return x < y ? -1 : x > y;
}

static int remember(struct inbox_seen *s, const char *name, const struct drop_mark *m, struct diag *d)
{
	if (!grow(&s->seen, s->count, &s->cap, sizeof *s->seen))
		return diag_nomem(d);
	s->seen[s->count].mark = *m;
	snprintf(s->seen[s->count++].name, sizeof s->seen->name, "%s", name);
	return 0;
}

struct inbox_seen *inbox_seen_scan(struct hub *h, struct diag *d)
{
	struct inbox_seen *s = calloc(1, sizeof *s);
	DIR *p = io_list(h->spool.inbox, ".", d);
	struct drop_mark m;
	struct dirent *e;
	int r = 0;

	if (!p)
		r = -1;
	while (s && r == 0 && (errno = 0, e = readdir(p))) {
		if (drop_name_temporary(e->d_name))
			continue;
		if (drop_mark_get(h->spool.inbox, e->d_name, &m) == 0)
			r = remember(s, e->d_name, &m, d);
		else if (errno != ENOENT)
			r = diag_errno(d, "cannot look at inbox/%s", e->d_name);
	}
	if (s && r == 0 && errno)
		r = diag_errno(d, "cannot list inbox/");
	if (p)
		closedir(p);
	if (!s || r < 0) {
		inbox_seen_free(s);
		return NULL;
	}
	if (s->count)
		qsort(s->seen, s->count, sizeof *s->seen, by_inode);
	return s;
}

int inbox_seen_job(struct hub *h, const struct inbox_seen *s, const struct job_record *r,
		   struct diag *d)
{
	struct seen key = { .mark.ino = strtoull(r->source, NULL, 10) }, *found;
	struct drop_mark m;

	if (!s->count)
		return 0;
	found = bsearch(&key, s->seen, s->count, sizeof *s->seen, by_inode);
	if (!found)
		return 0;
	m = found->mark;
	/* A time that no file has: the content has to be compared. */
	m.changed = -1;
	if (!drop_mark_matches(&m, r->source, &m.hash) || !drop_mark_holds(h, found->name, &m))
		return 0;
	if (hub_leave_reserve(h, 1, d) < 0)
		return -1;
	hub_leave(h, found->name, &m);
	return 0;
}

void inbox_seen_free(struct inbox_seen *s)
{
	if (s)
		free(s->seen);
	free(s);
}
