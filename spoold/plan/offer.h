/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offer - which slots to offer somebody who asks where and when.
 *
 * Of all the sites that may have the job, and all their gaps inside the wanted
 * windows, a few are chosen that differ in what matters to a client:
 *
 *	soonest		the earliest start; of several the cheapest
 *	cheapest	the lowest price; of several the soonest
 *	nearest		the fewest bytes to fetch, where there are inputs
 *	largest		the most cores and memory up to what was stated as the
 *			most (twice the least, where none is stated)
 *	window		the soonest in each further window
 *	other		the soonest at a site not offered yet
 *
 * in this order, as many as are wanted.  One slot may be good for several
 * reasons.  What holds for each: it starts inside its window, not before the
 * site can have heard of it and its inputs can be there, fits beside all that the site has promised, takes at
 * least the minimum of all that was asked for and never more than the most
 * that was stated, for at least the minimum duration and at most the stated
 * maximum (as much of that as there is room for).
 *
 * An offer that starts before it expires can be accepted until then: it holds
 * so much longer, and starts when it is accepted, or as much later as the site needs
 * to hear of it and to get ready.
 *
 * Pure, but for memory.
 */
#ifndef PLAN_OFFER_H
#define PLAN_OFFER_H

#include "match.h"
#include "place.h"
#include "price.h"

enum { OFFER_MOST = 16 };
enum offer_reason {
	OFFER_SOONEST = 1, OFFER_CHEAPEST = 2, OFFER_NEAREST = 4, OFFER_LARGEST = 8,
	OFFER_WINDOW = 16, OFFER_OTHER = 32,
};

struct offer_site {
	const struct place *place;
	const struct match *match;	/* may: asked at all */
	struct prices prices;		/* as price_list() gives them */
	int64_t ready;			/* it may start no earlier: the inputs are there, it wants work */
	int64_t last;			/* nor than this, if accepted just before the offer expires */
	bool out;			/* not asked, whatever match says */
};

struct offer_ask {
	const struct shape *shape;
	int64_t now, expires;
	int64_t length;			/* of a job that states no duration */
};

struct offer_slot {
	uint32_t site, window;
	int64_t start, latest;		/* latest > start: it starts when it is accepted, from - to */
	int64_t least, length;		/* duration: wanted at least, and given */
	bool bounded;			/* a duration was stated */
	uint64_t low[TIMELINE_KINDS];	/* the least, */
	uint64_t amount[TIMELINE_KINDS];	/* and what is given and held */
	double share;			/* of what lies between: place_wish_more() */
	double price;			/* for the least duration, with what is given */
	unsigned why;			/* enum offer_reason, or-ed */
};

/* Until when a slot has to be held. */
int64_t offer_held_until(const struct offer_slot *s);
/* "soonest"; bit: one of enum offer_reason. */
const char *offer_reason_name(unsigned bit);
/* At most `most` (OFFER_MOST) slots into out; returns how many.  -1: out of memory. */
int offer_choose(const struct offer_ask *q, const struct offer_site *site, uint32_t sites,
		 struct offer_slot *out, unsigned most);

#endif
