/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fetch - bring datasets into the cache, in children, a few at a time.
 *
 * A child fetches into CACHE/.DIGEST.part/, measures what came and publishes
 * it (bring.h).  It goes on when this process ends, and the next one finds it by
 * its lock.  When it fails it leaves the reason in .DIGEST.outcome:
 *	absent		the hub has not put it there (yet)
 *	bad TEXT	it is something else everywhere, or nowhere
 *	trouble TEXT	anything that may be better next time
 *	came DIGEST BYTES	what had no digest before has this one
 *
 * Who is first: one pass over all that is wanted says so (fetch_note), then those
 * that take the least time for each who waits are begun (fetch_choose), and the
 * longer one has waited, the sooner it is its turn.  Where several may be at work
 * one place is kept free of large ones, so that small ones get past them.
 */
#ifndef AGENT_FETCH_H
#define AGENT_FETCH_H

#include "bring.h"
#include "cache.h"
#include "diag.h"
#include "progress.h"
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

struct attempt_need;
struct fetch;			/* one dataset that is wanted */

struct fetches {
	struct state *st;
	struct cache *cache;
	struct transport *hub;
	const struct settings *set;
	uint32_t max;
	cache_needed *needed;
	void *ctx;
	struct fetch *first;
	/* A child was started: let the main loop know when it ends; may be NULL. */
	void (*started)(pid_t pid, void *ctx);
};

/* Somebody waits for it. */
void fetch_note(struct fetches *f, const struct attempt_need *n);
/* Set going what has been noted since the last time, as far as may be. */
void fetch_choose(struct fetches *f);
/* How is it?  What was of unknown digest gets it when it is here. */
enum fetch_state fetch_look(struct fetches *f, struct attempt_need *n, struct diag *d);
/*
 * Whoever is at work for nobody any more (needed() says so) is told to end.  What came
 * is kept (CACHE_PART_KEEP), and its place among the `max` is free when it has ended.
 */
void fetch_stop(struct fetches *f);
/* How far is it?  False: nobody is at it, or has said so. */
bool fetch_progress(const struct fetches *f, const struct digest *g, struct progress_seen *out);
/* This child of ours has ended (and was reaped).  False: it is none of these. */
bool fetch_ended(struct fetches *f, pid_t pid);
/* Wait until a child has ended, at most ms.  False: none is at work. */
bool fetch_wait(struct fetches *f, int ms);
/* Somebody needs an outcome no more: forget it, so that it is tried anew. */
void fetch_forget(struct fetches *f, const struct digest *g);
void fetch_free(struct fetches *f);

#endif
