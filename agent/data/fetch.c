/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"
#include "background.h"
#include "fetch_part.h"
#include "instant.h"
#include "io.h"

static struct fetch *recorded(const struct fetches *f, const struct digest *g)
{
	struct fetch *one = f->first;

	while (one && !digest_eq(&one->digest, g))
		one = one->next;
	return one;
}

static struct fetch *record(struct fetches *f, const struct attempt_need *n)
{
	struct fetch *one = recorded(f, &n->digest);

	if (one)
		return one;
	one = calloc(1, sizeof *one);
	if (!one)
		return NULL;
	one->digest = n->digest;
	one->bytes = n->bytes;
	one->files = n->files;
	one->unknown = n->unknown;
	one->from = n->from ? strdup(n->from) : NULL;
	one->all = f;
	one->state = FETCH_WAITING;
	one->since = instant_steady_ms();
	snprintf(one->name, sizeof one->name, "%s", n->dataset);
	one->next = f->first;
	f->first = one;
	return one;
}

void fetch_drop(struct fetches *f, struct fetch *one)
{
	struct fetch **at = &f->first;

	while (*at != one)
		at = &(*at)->next;
	*at = one->next;
	free(one->from);
	free(one);
}

void fetch_outcome(struct fetch *one)
{
	struct buf text = BUF_INIT;
	char name[CACHE_NAME];

	one->state = FETCH_TROUBLE;
	snprintf(one->text, sizeof one->text, "the transfer was killed");
	cache_name(name, &one->digest, "outcome");
	if (io_read(one->all->cache->dir, name, 4096, &text, NULL) == 0 && text.len) {
		const char *blank = strchrnul(text.s, ' ');

		one->state = !strncmp(text.s, "came ", 5) ? FETCH_HERE
			   : !strncmp(text.s, "absent", 6) ? FETCH_ABSENT
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
	bool far = one->all->hub->kind->remote;
	int64_t base = far ? 10000 : one->from ? 1000 : 250;
	int64_t most = far || one->from ? 300000 : 5000;
	int64_t ms = base << (one->tries < 8 ? one->tries : 8);

	return ms < most ? ms : most;
}

/* A child that was stopped could not. */
static void forget_progress(const struct fetches *f, const struct fetch *one)
{
	char name[CACHE_NAME];

	cache_name(name, &one->digest, "progress");
	unlinkat(f->cache->dir, name, 0);
}

bool fetch_ended(struct fetches *f, pid_t pid)
{
	struct fetch *one = f->first;

	while (one && one->pid != pid)
		one = one->next;
	if (!one)
		return false;
	one->pid = 0;
	(void)!cache_learn(f->cache, &one->digest, NULL);
	if (cache_has(f->cache, &one->digest) || one->stopped) {
		forget_progress(f, one);
		fetch_drop(f, one);
		return true;
	}
	fetch_outcome(one);
	if (one->state == FETCH_HERE) {
		fetch_drop(f, one);
		return true;
	}
	one->again = instant_steady_ms() + pause_ms(one);
	one->tries++;
	return true;
}

/* Somebody else's child, an earlier process's, has brought it meanwhile. */
static bool arrived(struct fetches *f, const struct digest *g)
{
	const struct fetch *one = recorded(f, g);
	char hex[DIGEST_TEXT];

	/* What is doubtful is there all the time that it is read again. */
	if (one && (one->pid || one->busy) && cache_find(f->cache, g))
		return false;
	digest_format(g, hex);
	return faccessat(f->cache->dir, hex, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	       cache_learn(f->cache, g, NULL) == 0 && cache_has(f->cache, g);
}

/* "came DIGEST BYTES": and is it still here? */
static bool came(struct fetches *f, struct attempt_need *n)
{
	struct buf text = BUF_INIT;
	struct digest g;
	char name[CACHE_NAME], *end;
	bool here = false;

	cache_name(name, &n->digest, "outcome");
	if (io_read(f->cache->dir, name, 4096, &text, NULL) == 0 && text.len > 5 + DIGEST_LEN &&
	    !strncmp(text.s, "came ", 5) && digest_parse(text.s + 5, DIGEST_LEN, &g, NULL) == 0 &&
	    (cache_has(f->cache, &g) || arrived(f, &g))) {
		n->bytes = strtoull(text.s + 5 + DIGEST_LEN, &end, 10);
		n->digest = g;
		n->unknown = false;
		here = true;
	}
	buf_free(&text);
	return here;
}

static bool is_here(struct fetches *f, struct attempt_need *n)
{
	return n->unknown ? came(f, n) : cache_has(f->cache, &n->digest) || arrived(f, &n->digest);
}

void fetch_busy(struct fetches *f, struct fetch *one)
{
	char lock[CACHE_NAME];

	cache_name(lock, &one->digest, "lock");
	one->busy = !one->pid && background_busy(f->cache->dir, lock);
	one->stopped &= one->pid || one->busy;
}

void fetch_note(struct fetches *f, const struct attempt_need *n)
{
	struct fetch *one;

	if (!n->unknown && cache_has(f->cache, &n->digest))
		return;
	one = record(f, n);
	if (!one)
		return;
	one->waiters++;
	fetch_busy(f, one);
}

/* --- looking ---------------------------------------------------------------------- */

enum fetch_state fetch_look(struct fetches *f, struct attempt_need *n, struct diag *d)
{
	const struct fetch *one;

	if (is_here(f, n))
		return FETCH_HERE;
	one = recorded(f, &n->digest);
	if (!one)
		return FETCH_WAITING;
	if (one->pid || one->busy)
		return FETCH_COMING;
	if (one->state != FETCH_FULL && one->state != FETCH_WAITING)
		diag_set(d, "%s", one->text);
	return one->state;
}

bool fetch_progress(const struct fetches *f, const struct digest *g, struct progress_seen *out)
{
	char name[CACHE_NAME];

	cache_name(name, g, "progress");
	return progress_read(f->cache->dir, name, out);
}

void fetch_forget(struct fetches *f, const struct digest *g)
{
	char name[CACHE_NAME];

	for (struct fetch *one = f->first, *next; one; one = next) {
		next = one->next;
		if (!one->pid && digest_eq(&one->digest, g))
			fetch_drop(f, one);
	}
	cache_name(name, g, "outcome");
	unlinkat(f->cache->dir, name, 0);
}

bool fetch_wait(struct fetches *f, int ms)
{
	int64_t end = instant_steady_ms() + ms, left;
	int status;

	for (struct fetch *one = f->first; one; one = one->next) {
		if (!one->pid)
			continue;
		left = end - instant_steady_ms();
		if (background_wait(one->pid, left > 0 ? (int)left : 0, &status))
			fetch_ended(f, one->pid);
		return true;
	}
	return false;
}

void fetch_free(struct fetches *f)
{
	while (f->first)
		fetch_drop(f, f->first);
}
