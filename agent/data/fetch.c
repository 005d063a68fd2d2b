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

#include "attempt.h"
#include "background.h"
#include "io.h"

/* From so many bytes on it is large; and bytes a second, to weigh size against time. */
enum { LARGE = 256 << 20, PACE = 10 << 20 };

struct fetch {
	struct fetch *next;
	struct digest digest;
	char name[129];
	uint64_t bytes;
	uint32_t files;
	bool unknown;
	char *from;
	pid_t pid;			/* 0: no child of ours */
	bool busy;			/* a child of an earlier process is at it */
	uint32_t waiters;		/* noted since the last choice */
	int64_t since;			/* first noted; monotonic ms */
	int64_t again;			/* monotonic ms; 0: at once */
	int tries;
	enum fetch_state state;		/* after the last try, or why there was none */
	char text[400];
	struct fetches *all;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int child(void *ctx)
{
	const struct fetch *one = ctx;
	const struct bring b = {
		.set = one->all->set, .cache = one->all->cache, .hub = one->all->hub,
		.digest = one->digest, .name = one->name, .bytes = one->bytes, .files = one->files,
		.from = one->from, .unknown = one->unknown,
	};

	return bring(&b);
}

/* --- in the parent --------------------------------------------------------------- */

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
	one->since = now_ms();
	snprintf(one->name, sizeof one->name, "%s", n->dataset);
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
	free(one->from);
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

bool fetch_ended(struct fetches *f, pid_t pid)
{
	struct fetch *one = f->first;

	while (one && one->pid != pid)
		one = one->next;
	if (!one)
		return false;
	one->pid = 0;
	(void)!cache_learn(f->cache, &one->digest, NULL);
	if (cache_find(f->cache, &one->digest)) {
		drop(f, one);
		return true;
	}
	read_outcome(one);
	if (one->state == FETCH_HERE) {
		drop(f, one);
		return true;
	}
	one->again = now_ms() + pause_ms(one);
	one->tries++;
	return true;
}

/* Somebody else's child, an earlier process's, has brought it meanwhile. */
static bool arrived(struct fetches *f, const struct digest *g)
{
	char hex[DIGEST_TEXT];

	digest_format(g, hex);
	return faccessat(f->cache->dir, hex, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	       cache_learn(f->cache, g, NULL) == 0 && cache_find(f->cache, g);
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
	    (cache_find(f->cache, &g) || arrived(f, &g))) {
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
	return n->unknown ? came(f, n) : cache_find(f->cache, &n->digest) || arrived(f, &n->digest);
}

/* What an earlier process's child found out only counts if it is the last word. */
static void recall(struct fetch *one)
{
	if (one->state != FETCH_WAITING || one->tries)
		return;
	read_outcome(one);
	if (one->state != FETCH_BAD)
		one->state = FETCH_WAITING;
}

void fetch_note(struct fetches *f, const struct attempt_need *n)
{
	char lock[CACHE_NAME];
	struct fetch *one;

	if (!n->unknown && cache_find(f->cache, &n->digest))
		return;
	one = record(f, n);
	if (!one)
		return;
	cache_name(lock, &n->digest, "lock");
	one->waiters++;
	one->busy = !one->pid && background_busy(f->cache->dir, lock);
}

/* --- choosing --------------------------------------------------------------------- */

static bool is_large(const struct fetch *one)
{
	return one->bytes >= LARGE;
}

struct work { uint32_t all, large; uint64_t bytes; };

static struct work at_work(const struct fetches *f)
{
	struct work w = { 0, 0, 0 };

	for (const struct fetch *one = f->first; one; one = one->next) {
		if (!one->pid && !one->busy)
			continue;
		w.all++;
		w.large += is_large(one);
		w.bytes += one->bytes;
	}
	return w;
}

/* Seconds that it takes, for each who waits, less those that it has waited. */
static double cost(const struct fetch *one, int64_t now)
{
	return (double)one->bytes / PACE / one->waiters - (double)(now - one->since) / 1000;
}

static struct fetch *next_one(const struct fetches *f, const struct work *w, int64_t now)
{
	struct fetch *best = NULL;

	for (struct fetch *one = f->first; one; one = one->next) {
		if (!one->waiters || one->pid || one->busy || one->again > now ||
		    one->state == FETCH_BAD)
			continue;
		if (f->max > 1 && is_large(one) && w->large >= f->max - 1)
			continue;
		if (!best || cost(one, now) < cost(best, now))
			best = one;
	}
	return best;
}

static void start(struct fetches *f, struct fetch *one, uint64_t coming)
{
	struct diag d = DIAG_INIT;
	char lock[CACHE_NAME];
	int rc = cache_make_room(f->cache, one->bytes, coming, f->needed, f->ctx, &d);

	if (rc <= 0) {
		one->state = rc < 0 ? FETCH_BAD : FETCH_FULL;
		snprintf(one->text, sizeof one->text, "%s", d.text);
		return;
	}
	cache_name(lock, &one->digest, "lock");
	rc = background_start(f->st, f->cache->dir, lock, child, one, &one->pid, &d);
	if (rc < 0) {
		one->state = FETCH_TROUBLE;
		snprintf(one->text, sizeof one->text, "%s", d.text);
	} else if (rc && f->started) {
		f->started(one->pid, f->ctx);
	}
}

void fetch_choose(struct fetches *f)
{
	int64_t now = now_ms();
	struct fetch *one;
	struct work w;

	for (one = f->first; one; one = one->next)
		if (one->waiters && !one->pid && !one->busy) {
			if (one->state == FETCH_FULL)
				one->state = FETCH_WAITING;
			recall(one);
		}
	for (;;) {
		w = at_work(f);
		one = w.all < f->max ? next_one(f, &w, now) : NULL;
		if (!one)
			break;
		start(f, one, w.bytes);
		one->waiters = 0;
	}
	for (one = f->first; one; one = one->next)
		one->waiters = 0;
}

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
