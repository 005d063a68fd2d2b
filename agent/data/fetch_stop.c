/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>

#include "background.h"
#include "fetch_part.h"

static bool stop(const struct fetches *f, const struct digest *g)
{
	char lock[CACHE_NAME];

	cache_name(lock, g, "lock");
	return background_stop(f->cache->dir, lock);
}

/* Those that an earlier process began, and that nobody has asked for since. */
static void stop_earlier(struct fetches *f)
{
	struct cache *c = f->cache;

	for (uint32_t i = 0; i < c->parts; i++)
		if (!f->needed(&c->part[i], f->ctx))
			stop(f, &c->part[i]);
	c->parts = 0;
}

void fetch_stop(struct fetches *f)
{
	struct fetch *one, *next;

	stop_earlier(f);
	for (one = f->first; one; one = next) {
		next = one->next;
		if (one->stopped || f->needed(&one->digest, f->ctx))
			continue;
		if (one->pid)
			one->stopped = kill(one->pid, SIGTERM) == 0;
		else if (one->busy)
			one->stopped = stop(f, &one->digest);
		else
			fetch_drop(f, one);
	}
}
