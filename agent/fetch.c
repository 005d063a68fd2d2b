/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "background.h"
#include "dataset.h"
#include "io.h"

struct fetch {
	struct fetch *next;
	struct digest digest;
	char name[129];
	uint64_t bytes;
	pid_t pid;			/* 0: no child of ours */
	int64_t again;			/* monotonic ms; 0: at once */
	int tries;
	enum fetch_state state;		/* after the last try: ABSENT, TROUBLE or BAD */
	char text[400];
	struct fetches *all;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- in the child ------------------------------------------------------------- */

static void leave_outcome(const struct fetch *one, const char *word, const char *text)
{
	char name[CACHE_NAME], line[600];

	cache_name(name, &one->digest, "outcome");
	snprintf(line, sizeof line, "%s %s\n", word, text);
	(void)!io_publish(one->all->cache->dir, name, 0600, line, strlen(line), 0, NULL);
}

/* 0: it is right; 1: it is something else; -1. */
static int check(const struct fetch *one, int part, const char *hex, struct diag *d)
{
	struct dataset_measure m;
	char got[DIGEST_TEXT];

	if (dataset_measure(part, hex, &m, NULL, d) < 0)
		return -1;
	if (digest_eq(&m.digest, &one->digest))
		return 0;
	digest_format(&m.digest, got);
	diag_set(d, "found content with the digest %s, expected %s", got, hex);
	return 1;
}

static int bring(const struct fetch *one, struct diag *d)
{
	struct fetches *f = one->all;
	char hex[DIGEST_TEXT], part[CACHE_NAME], *path = NULL;
	int fd = -1, rc = -1;

	digest_format(&one->digest, hex);
	cache_name(part, &one->digest, "part");
	if (asprintf(&path, "%s/%s", f->cache->path, part) < 0)
		return diag_nomem(d);
	if (io_mkdir(f->cache->dir, part, 0700, d) == 0)
		rc = f->hub->kind->fetch(f->hub, hex, path, d);
	free(path);
	if (rc) {
		if (rc > 0)
			leave_outcome(one, "absent", "");
		return rc;
	}
	fd = io_opendir(f->cache->dir, part, d);
	rc = fd < 0 ? -1 : check(one, fd, hex, d);
	if (rc > 0) {
		leave_outcome(one, "bad", d->text);
		(void)!io_remove_tree(f->cache->dir, part, NULL);
	}
	if (rc == 0)
		rc = cache_publish(f->cache, &one->digest, one->name, one->bytes, d);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int child(void *ctx)
{
	const struct fetch *one = ctx;
	struct diag d = DIAG_INIT;
	char name[CACHE_NAME];
	int rc;

	/* The lock was got after somebody else had brought it. */
	cache_name(name, &one->digest, "outcome");
	unlinkat(one->all->cache->dir, name, 0);
	rc = bring(one, &d);
	if (rc < 0)
		leave_outcome(one, "trouble", d.text);
	if (rc == 0) {
		cache_name(name, &one->digest, "lock");
		unlinkat(one->all->cache->dir, name, 0);
	}
	return rc != 0;
}

/* --- in the parent --------------------------------------------------------------- */

static struct fetch *record(struct fetches *f, const struct digest *g, const char *name,
			    uint64_t bytes)
{
	struct fetch *one;

	for (one = f->first; one; one = one->next)
		if (digest_eq(&one->digest, g))
			return one;
	one = calloc(1, sizeof *one);
	if (!one)
		return NULL;
	one->digest = *g;
	one->bytes = bytes;
	one->all = f;
	one->state = FETCH_WAITING;
	snprintf(one->name, sizeof one->name, "%s", name);
	one->next = f->first;
	f->first = one;
	return one;
}

static void drop(struct fetches *f, struct fetch *one)
{
	struct fetch **at = &f->first;

	while (*at != one)
		at = &(*at)->next;
	*at = one->next;
	free(one);
}

static void read_outcome(struct fetch *one)
{
	struct buf text = BUF_INIT;
	char name[CACHE_NAME];

	one->state = FETCH_TROUBLE;
	snprintf(one->text, sizeof one->text, "the transfer was killed");
	cache_name(name, &one->digest, "outcome");
	if (io_read(one->all->cache->dir, name, 4096, &text, NULL) == 0 && text.len) {
		const char *blank = strchrnul(text.s, ' ');

		one->state = !strncmp(text.s, "absent", 6) ? FETCH_ABSENT
			   : !strncmp(text.s, "bad", 3) ? FETCH_BAD : FETCH_TROUBLE;
		snprintf(one->text, sizeof one->text, "%.*s", (int)strcspn(blank, "\n"), blank);
		if (one->text[0] == ' ')
			memmove(one->text, one->text + 1, strlen(one->text));
	}
	buf_free(&text);
}

/* A file that is soon to be linked beside us is asked for often, a network seldom. */
static int64_t pause_ms(const struct fetch *one)
{
	int64_t base = one->all->hub->kind->remote ? 10000 : 250;
	int64_t most = one->all->hub->kind->remote ? 300000 : 5000;
	int64_t ms = base << (one->tries < 8 ? one->tries : 8);

	return ms < most ? ms : most;
}

bool fetch_ended(struct fetches *f, pid_t pid)
{
	struct fetch *one = f->first;

	while (one && one->pid != pid)
		one = one->next;
	if (!one)
		return false;
	one->pid = 0;
	(void)!cache_scan(f->cache, NULL);
	if (cache_find(f->cache, &one->digest)) {
		drop(f, one);
		return true;
	}
	read_outcome(one);
	one->again = now_ms() + pause_ms(one);
	one->tries++;
	return true;
}

static uint32_t at_work(const struct fetches *f, uint64_t *bytes)
{
	uint32_t n = 0;

	*bytes = 0;
	for (const struct fetch *one = f->first; one; one = one->next) {
		n += one->pid != 0;
		*bytes += one->pid ? one->bytes : 0;
	}
	return n;
}

static enum fetch_state start(struct fetches *f, struct fetch *one, struct diag *d)
{
	char lock[CACHE_NAME];
	uint64_t coming;
	int rc;

	if (at_work(f, &coming) >= f->max)
		return FETCH_WAITING;
	rc = cache_make_room(f->cache, one->bytes, coming, f->needed, f->ctx, d);
	if (rc <= 0)
		return rc < 0 ? FETCH_BAD : FETCH_FULL;
	cache_name(lock, &one->digest, "lock");
	rc = background_start(f->st, f->cache->dir, lock, child, one, &one->pid, d);
	if (rc < 0)
		return FETCH_TROUBLE;
	if (rc && f->started)
		f->started(one->pid, f->ctx);
	return FETCH_COMING;
}

/* Somebody else's child, an earlier process's, has brought it meanwhile. */
static bool arrived(struct fetches *f, const struct digest *g)
{
	char hex[DIGEST_TEXT];

	digest_format(g, hex);
	return faccessat(f->cache->dir, hex, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	       cache_scan(f->cache, NULL) == 0 && cache_find(f->cache, g);
}

/* What an earlier process's child found out only counts if it is the last word. */
static bool was_bad(struct fetch *one)
{
	if (one->state != FETCH_WAITING || one->tries)
		return false;
	read_outcome(one);
	if (one->state == FETCH_BAD)
		return true;
	one->state = FETCH_WAITING;
	return false;
}

enum fetch_state fetch_want(struct fetches *f, const struct digest *g, const char *name,
			    uint64_t bytes, struct diag *d)
{
	struct fetch *one;
	char lock[CACHE_NAME];

	if (cache_find(f->cache, g) || arrived(f, g))
		return FETCH_HERE;
	one = record(f, g, name, bytes);
	if (!one) {
		diag_nomem(d);
		return FETCH_TROUBLE;
	}
	cache_name(lock, g, "lock");
	if (one->pid || background_busy(f->cache->dir, lock))
		return FETCH_COMING;
	if (one->state == FETCH_BAD || was_bad(one)) {
		diag_set(d, "%s", one->text);
		return FETCH_BAD;
	}
	if (one->again > now_ms()) {
		diag_set(d, "%s", one->text);
		return one->state;
	}
	return start(f, one, d);
}

void fetch_forget(struct fetches *f, const struct digest *g)
{
	char name[CACHE_NAME];

	for (struct fetch *one = f->first, *next; one; one = next) {
		next = one->next;
		if (!one->pid && digest_eq(&one->digest, g))
			drop(f, one);
	}
	cache_name(name, g, "outcome");
	unlinkat(f->cache->dir, name, 0);
}

bool fetch_wait(struct fetches *f, int ms)
{
	int64_t end = now_ms() + ms, left;
	int status;

	for (struct fetch *one = f->first; one; one = one->next) {
		if (!one->pid)
			continue;
		left = end - now_ms();
		if (background_wait(one->pid, left > 0 ? (int)left : 0, &status))
			fetch_ended(f, one->pid);
		return true;
	}
	return false;
}

void fetch_free(struct fetches *f)
{
	while (f->first)
		drop(f, f->first);
}
