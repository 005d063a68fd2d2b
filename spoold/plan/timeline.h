/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timeline - what one site has free, from the past to the far future.
 *
 *	struct timeline t;
 *	uint64_t has[] = { 64, 256e9, 10e12, 4 };	(cores, memory, disk, GPUs)
 *
 *	timeline_init(&t, 4, has, &d);
 *	if (timeline_fit(&t, &wish, window, windows, &found)) {
 *		wish.from = found.start;
 *		wish.to = found.start + window[found.window].duration;
 *		timeline_take(&t, &wish, &handle, &d);
 *	}
 *	...
 *	timeline_give_back(&t, handle);
 *
 * What the kinds of quantity are is the caller's affair; each is a whole
 * number up to TIMELINE_MOST.  Instants and durations are in microseconds.
 * Intervals are half open: what ends at an instant is free for what begins
 * then.
 *
 * An entry takes an amount of each kind over an interval.  Its standing says
 * what it is: a fact (a job that runs, nodes that are down for maintenance)
 * is there whether it fits or not; everything else is a promise, and what is
 * promised fits beside the facts and the other promises, always.  When a new
 * fact or a lesser capacity makes that impossible, the promises are looked at
 * again, in the order of standing, owner, from, to, handle: each is kept if
 * it fits beside the facts and those kept before it, else it is broken.  The
 * broken ones are taken out and handed to the caller; none is lost silently.
 *
 * The timeline is the sum of its entries and nothing else: after any history
 * it is as if what is gone had never been.
 *
 * Pure, but for memory.  -1 is out of memory or an argument that cannot be,
 * says so in *d, and leaves the timeline as it was.  A search remembers what
 * helps the next one (profile_runs.h): two threads must not use one timeline
 * at once, not even to ask.
 */
#ifndef PLAN_TIMELINE_H
#define PLAN_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "profile.h"

enum { TIMELINE_KINDS = PROFILE_KINDS };
#define TIMELINE_MOST (UINT64_C(1) << 60)
/* Always and for ever; every instant lies from the one to the other. */
#define TIMELINE_START PROFILE_START
#define TIMELINE_END PROFILE_END

typedef uint64_t timeline_handle;	/* never 0; not used again after its entry is gone */

enum timeline_standing {
	TIMELINE_FACT,
	TIMELINE_PROMISE,		/* the firmest; up to 255 is less and less so */
	TIMELINE_OFFER,
};

struct timeline_entry {
	timeline_handle handle;		/* given by the timeline */
	int64_t from, to;		/* from < to; TIMELINE_END: for ever */
	uint64_t owner;			/* the caller's; the lesser is kept before the greater */
	uint64_t holder;		/* the caller's; it means nothing here */
	uint8_t standing;
	uint64_t amount[TIMELINE_KINDS];
};

struct timeline {
	struct profile load;
	unsigned kinds;
	int64_t capacity[TIMELINE_KINDS];
	struct timeline_slot *slot;
	uint64_t *amount;		/* [slot][kinds] */
	uint32_t slots, room, vacant;
	size_t entries;
};

/* kinds: 1 to TIMELINE_KINDS.  capacity: of each. */
int timeline_init(struct timeline *t, unsigned kinds, const uint64_t *capacity, struct diag *d);
/* Handles mean the same in the copy. */
int timeline_copy(struct timeline *to, const struct timeline *from, struct diag *d);
/* All zeros are fine. */
void timeline_free(struct timeline *t);
/* More kinds behind the present ones, with a capacity of 0; handles stay. */
int timeline_widen(struct timeline *t, unsigned kinds, struct diag *d);

/* --- taking ---------------------------------------------------------------- */

/* Take what e says (its handle is not looked at) as a promise.  0: *h is it;
 * 1: it does not fit, timeline_obstacle() says why; -1. */
int timeline_take(struct timeline *t, const struct timeline_entry *e, timeline_handle *h, struct diag *d);
/* Of a promise or a fact.  -1: there is no such entry. */
int timeline_give_back(struct timeline *t, timeline_handle h, struct diag *d);
/* It ends early: from < to < its present end.  (To end before it began, give it back.) */
int timeline_shorten(struct timeline *t, timeline_handle h, int64_t to, struct diag *d);
/* Give it a firmer standing: an offer is accepted, a promised job starts. */
int timeline_firm(struct timeline *t, timeline_handle h, uint8_t standing, struct diag *d);
/* It is somebody else's now. */
int timeline_hand(struct timeline *t, timeline_handle h, uint64_t holder, struct diag *d);
/* What it is.  false: there is no such entry. */
bool timeline_entry(const struct timeline *t, timeline_handle h, struct timeline_entry *e);
/* All entries, in no order that means anything: start with *cursor 0. */
bool timeline_next(const struct timeline *t, uint32_t *cursor, struct timeline_entry *e);

/* --- what happens to a site -------------------------------------------------- */

/* The firmest first; none if the call failed. */
struct timeline_broken {
	struct timeline_entry *entry;	/* free(3) it */
	size_t entries;
};

/* Put a fact in (e->standing is not looked at): a job that runs, or capacity
 * that is lower over the interval.  To drain a site, all of its capacity. */
int timeline_impose(struct timeline *t, const struct timeline_entry *e, timeline_handle *h,
		    struct timeline_broken *broken, struct diag *d);
/* The capacity is another, and always was; promises that end at `since` or
 * before are left alone. */
int timeline_resize(struct timeline *t, const uint64_t *capacity, int64_t since,
		    struct timeline_broken *broken, struct diag *d);

/* --- asking ------------------------------------------------------------------ */

/* May start from earliest on, at latest at latest, and takes duration (> 0). */
struct timeline_window { int64_t earliest, latest, duration; };

struct timeline_found {
	int64_t start;
	unsigned window;		/* the first of those that give this start */
};

/* The earliest start in any of n windows at which the demand fits for the
 * duration.  A kind of which nothing is wanted is never in the way. */
bool timeline_fit(const struct timeline *t, const uint64_t *demand, const struct timeline_window *w,
		  unsigned n, struct timeline_found *found);

/* What is in the way of a demand. */
struct timeline_obstacle {
	int64_t when;			/* the first instant at which it does not fit */
	unsigned kind;			/* the first that is short then */
	uint64_t wanted, free;
};

/* false: the demand fits in [from, to). */
bool timeline_obstacle(const struct timeline *t, const uint64_t *demand, int64_t from, int64_t to,
		       struct timeline_obstacle *o);

/* What is free at `when`, and stays so until *until; where facts take more
 * than there is, that is 0.  To see all of it, begin at TIMELINE_START and go
 * on at *until, until it is TIMELINE_END. */
void timeline_free_at(const struct timeline *t, int64_t when, uint64_t *vacant, int64_t *until);

#endif
