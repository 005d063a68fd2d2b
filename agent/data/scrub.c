/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scrub.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "background.h"
#include "instant.h"
#include "io.h"
#include "loop.h"
#include "stage.h"

enum { ROTTEN_MAX = 1 << 20, IDLE = 3 << 13 /* IOPRIO_CLASS_IDLE */, OURSELVES = 1 };

static const char lock[] = "scrub.lock", begun[] = "scrubbed", list[] = "rotten";

/* --- choosing ---------------------------------------------------------------------- */

static int by_checked(const void *a, const void *b)
{
	const struct scrub_item *x = a, *y = b;

	if (x->checked != y->checked)
		return x->checked < y->checked ? -1 : 1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

int64_t scrub_interval(int64_t period)
{
	return period / 48 < HOUR_US ? period / 48 : HOUR_US;
}

uint32_t scrub_choose(struct scrub_item *item, uint32_t n, int64_t now, int64_t last,
		      int64_t period)
{
	double total = 0, budget, taken = 0;
	uint32_t chosen = 0;

	for (uint32_t i = 0; i < n; i++)
		total += (double)item[i].bytes;
	budget = total * (double)(now - last) / ((double)period / 4);
	if (n)
		qsort(item, n, sizeof *item, by_checked);
	/* A clock that was set back makes what was checked later due as well. */
	while (chosen < n && taken < budget &&
	       (now - item[chosen].checked >= period / 4 * 3 || item[chosen].checked > now))
		taken += (double)item[chosen++].bytes;
	return chosen;
}

/* --- in the child --------------------------------------------------------------------- */

static int64_t mtime(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0
		? 0 : st.st_mtim.tv_sec * SECOND_US + st.st_mtim.tv_nsec / 1000;
}

static int64_t checked(const struct cache *c, const struct digest *g)
{
	char name[CACHE_NAME], hex[DIGEST_TEXT];
	int64_t when;

	cache_name(name, g, "checked");
	when = mtime(c->dir, name);
	digest_format(g, hex);
	return when ? when : mtime(c->dir, hex);
}

static void note(const struct cache_entry *e, void *ctx)
{
	struct buf *text = ctx;
	char hex[DIGEST_TEXT];

	digest_format(&e->digest, hex);
	buf_addf(text, "%s %s\n", hex, e->name);
}

/* After those that nobody has told of yet. */
static int keep(int dir, const struct buf *found)
{
	struct buf all = BUF_INIT;
	int rc = 0;

	if (!found->len)
		return 0;
	(void)!io_read(dir, list, ROTTEN_MAX, &all, NULL);
	buf_add(&all, found->s, found->len);
	rc = all.failed ? -1 : io_publish(dir, list, 0600, all.s, all.len, 0, NULL);
	buf_free(&all);
	return rc;
}

static int read_some(struct agent *a, const struct scrub_item *item, uint32_t n)
{
	struct buf found = BUF_INIT;
	int rc = 0;

	for (uint32_t i = 0; i < n && rc >= 0; i++) {
		const struct cache_entry e = a->cache.entry[item[i].entry];

		rc = cache_scrub_one(&a->cache, &e, note, &found, NULL);
		if (rc > 0 && keep(a->st.root, &found) < 0)
			rc = -1;
		buf_reset(&found);
	}
	buf_free(&found);
	return rc < 0;
}

struct slice { struct agent *a; int64_t last; };

static int slice(void *ctx)
{
	struct slice *s = ctx;
	struct cache *c = &s->a->cache;
	struct scrub_item *item = calloc(c->count + 1ul, sizeof *item);
	uint32_t n;
	int rc;

	if (!item)
		return 1;
	setpriority(PRIO_PROCESS, 0, 19);
	syscall(SYS_ioprio_set, OURSELVES, 0, IDLE);
	for (uint32_t i = 0; i < c->count; i++)
		item[i] = (struct scrub_item){ c->entry[i].bytes, checked(c, &c->entry[i].digest), i };
	n = scrub_choose(item, c->count, instant_now(), s->last, s->a->set->scrub);
	rc = read_some(s->a, item, n);
	free(item);
	return rc;
}

/* --- in the parent ---------------------------------------------------------------------- */

void scrub_start(struct agent *a)
{
	int64_t now = instant_now(), every = scrub_interval(a->set->scrub);
	struct slice s = { a, mtime(a->st.root, begun) };
	struct diag d = DIAG_INIT;

	if (!a->set->scrub || !a->cache.count || a->scrubbing ||
	    (now >= s.last && now - s.last < every) || background_busy(a->st.root, lock))
		return;
	if (!s.last || s.last > now)
		s.last = now - every;
	(void)!io_publish(a->st.root, begun, 0600, "", 0, 0, NULL);
	if (background_start(&a->st, a->st.root, lock, slice, &s, &a->scrubbing, &d) < 0)
		log_diag(&a->log, "cannot read the cache again", &d);
	else if (a->scrubbing)
		loop_child(a, a->scrubbing);
}

void scrub_tell(struct agent *a)
{
	struct buf text = BUF_INIT;
	struct digest g;

	if (io_read(a->st.root, list, ROTTEN_MAX, &text, NULL) < 0 || !text.len) {
		buf_free(&text);
		return;
	}
	unlinkat(a->st.root, list, 0);
	for (char *line = text.s, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		log_error(&a->log, "rotten, and thrown away: %s", line);
		if (digest_parse(line, strnlen(line, DIGEST_LEN), &g, NULL) < 0)
			continue;
		(void)!cache_learn(&a->cache, &g, NULL);
		stage_gone(a, &g);
	}
	buf_free(&text);
}

bool scrub_ended(struct agent *a, pid_t pid)
{
	if (pid != a->scrubbing)
		return false;
	a->scrubbing = 0;
	scrub_tell(a);
	return true;
}
