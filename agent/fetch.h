/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fetch - bring datasets into the cache, in children, a few at a time.
 *
 * A child fetches into CACHE/.DIGEST.part/, measures what came and publishes
 * it.  It goes on when this process ends, and the next one finds it by its
 * lock.  When it fails it leaves the reason in .DIGEST.outcome:
 *	absent		the hub has not put it there (yet)
 *	bad TEXT	what the hub has is something else
 *	trouble TEXT	anything that may be better next time
 */
#ifndef AGENT_FETCH_H
#define AGENT_FETCH_H

#include "cache.h"
#include "diag.h"
#include "state.h"
#include "transport.h"

enum fetch_state {
	FETCH_HERE,		/* in the cache */
	FETCH_COMING,		/* a child is at it */
	FETCH_WAITING,		/* as many children as may be, or the pause before another try */
	FETCH_ABSENT,		/* not at the hub yet; tried again by and by */
	FETCH_TROUBLE,		/* as above, *d says what */
	FETCH_FULL,		/* what is needed now fills the cache */
	FETCH_BAD,		/* it will not come: *d says why */
};

struct fetch;			/* one dataset that is wanted */

struct fetches {
	struct state *st;
	struct cache *cache;
	struct transport *hub;
	uint32_t max;
	cache_needed *needed;
	void *ctx;
	struct fetch *first;
	/* A child was started: let the main loop know when it ends; may be NULL. */
	void (*started)(pid_t pid, void *ctx);
};

/* Ask for a dataset; what is not here is set going.  Called again and again. */
enum fetch_state fetch_want(struct fetches *f, const struct digest *g, const char *name,
			    uint64_t bytes, struct diag *d);
/* This child of ours has ended (and was reaped).  False: it is none of these. */
bool fetch_ended(struct fetches *f, pid_t pid);
/* Wait until a child has ended, at most ms.  False: none is at work. */
bool fetch_wait(struct fetches *f, int ms);
/* Somebody needs an outcome no more: forget it, so that it is tried anew. */
void fetch_forget(struct fetches *f, const struct digest *g);
void fetch_free(struct fetches *f);

#endif
