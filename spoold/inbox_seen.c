/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the flush that makes a job durable and the unlink of its drop a
 * crash leaves both.  The job's record names inode, time and size of the drop
 * it came from; at start those of all drops are compared with it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drop.h"
#include "inbox.h"
#include "io.h"

struct seen {
	char source[80];
	char name[256];
	struct stat st;
};

struct inbox_seen {
	struct seen *seen;
	size_t count, cap;
};

static int by_source(const void *a, const void *b)
{
	return strcmp(((const struct seen *)a)->source, ((const struct seen *)b)->source);
}

static int remember(struct inbox_seen *s, const char *name, const struct stat *st, struct diag *d)
{
	size_t cap = s->cap ? s->cap * 2 : 64;
	struct seen *more;

	if (s->count == s->cap) {
		more = realloc(s->seen, cap * sizeof *more);
		if (!more)
			return diag_nomem(d);
		s->seen = more;
		s->cap = cap;
	}
	drop_source(st, s->seen[s->count].source);
	s->seen[s->count].st = *st;
	snprintf(s->seen[s->count++].name, sizeof s->seen->name, "%s", name);
	return 0;
}

struct inbox_seen *inbox_seen_scan(struct hub *h, struct diag *d)
{
	struct inbox_seen *s = calloc(1, sizeof *s);
	DIR *p = io_list(h->spool.inbox, ".", d);
	int r = 0;
	struct dirent *e;
	struct stat st;

	if (!p)
		r = -1;
	while (s && r == 0 && (e = readdir(p)))
		if (!drop_name_temporary(e->d_name) &&
		    fstatat(h->spool.inbox, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			r = remember(s, e->d_name, &st, d);
	if (p)
		closedir(p);
	if (!s || r < 0) {
		inbox_seen_free(s);
		return NULL;
	}
	if (s->count)
		qsort(s->seen, s->count, sizeof *s->seen, by_source);
	return s;
}

int inbox_seen_job(struct hub *h, const struct inbox_seen *s, const struct job_record *r,
		   struct diag *d)
{
	struct seen key = { .name = "" }, *found;

	if (!s->count)
		return 0;
	memcpy(key.source, r->source, sizeof key.source);
	found = bsearch(&key, s->seen, s->count, sizeof *s->seen, by_source);
	if (!found)
		return 0;
	if (hub_leave_reserve(h, 1, d) < 0)
		return -1;
	hub_leave(h, found->name, &found->st);
	return 0;
}

void inbox_seen_free(struct inbox_seen *s)
{
	if (s)
		free(s->seen);
	free(s);
}
