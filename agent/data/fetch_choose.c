/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fetch_part.h"

#include <stdio.h>
#include <string.h>

#include "background.h"
#include "instant.h"

/* From so many bytes on it is large; and bytes a second, to weigh size against time. */
enum { LARGE = 256 << 20, PACE = 10 << 20 };

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

/* What an earlier process's child found out only counts if it is the last word. */
static void recall(struct fetch *one)
{
	if (one->state != FETCH_WAITING || one->tries)
		return;
	fetch_outcome(one);
	if (one->state != FETCH_BAD)
		one->state = FETCH_WAITING;
}

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
	/* What is here and only has to be read again has its room. */
	int rc = cache_find(f->cache, &one->digest) ? 1 :
		 cache_make_room(f->cache, one->bytes, coming, f->needed, f->ctx, &d);

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
	int64_t now = instant_steady_ms();
	struct fetch *one;
	struct work w;

	for (one = f->first; one; one = one->next) {
		if (one->busy && !one->waiters)
			fetch_busy(f, one);
		if (!one->waiters || one->pid || one->busy)
			continue;
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

