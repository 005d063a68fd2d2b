/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gang_attempt - the jobs of a transaction, tried in one set of sites: which goes where.
 *
 *	struct attempt a;
 *
 *	if (attempt_begin(&a, h, w, &sets, now) &&	(false: out of memory)
 *	    attempt_put(&a, set))			(a.site[i] of each)
 *		...
 *		attempt_undo(&a);
 *	attempt_end(&a);				(always)
 *
 * With `now` each takes its room, its credit and its price where it goes, as things are,
 * until that is undone.  Else they are put as if the sites were empty, and a.claim
 * says what each would take.
 */
#ifndef SPOOLD_GANG_ATTEMPT_H
#define SPOOLD_GANG_ATTEMPT_H

#include "gang_part.h"
#include "gang_sets.h"
#include "plan/place.h"

struct attempt {
	struct hub *h;
	const struct gang_want *w;
	const struct gang_sets *sets;
	uint32_t set;
	bool now;			/* as things are; else as if the sites were empty */
	uint32_t *order;		/* of the members: who takes most cores goes first */
	uint16_t *site;			/* of each member */
	struct place_claim *claim;
	uint32_t *count;		/* of members, by site */
	uint64_t (*sum)[TIMELINE_KINDS];	/* of what they take, by site */
	float *ready;			/* [member][site] seconds, see ready_in(); below 0: not looked at */
	double cost;
	double price;			/* of those that are placed, where it matters */
	bool nomem;
};

bool attempt_begin(struct attempt *a, struct hub *h, const struct gang_want *w, const struct gang_sets *sets,
		   bool now);
void attempt_end(struct attempt *a);
/* All of them, or none; false: not now, or a->nomem. */
bool attempt_put(struct attempt *a, uint32_t set);
/* What is held for them is given back. */
void attempt_undo(struct attempt *a);
/* How long each takes that starts at that instant. */
void attempt_start_at(struct attempt *a, int64_t instant);

/* --- who goes where (gang_choose.c) -------------------------------------------------- */

/* The best site of the set for member i, of those that are not in `tried`; NO_SITE: none. */
uint16_t attempt_choose(const struct attempt *a, uint32_t i, const uint8_t *tried);
/* How little it is liked there. */
double attempt_cost(const struct attempt *a, uint32_t i, uint16_t site);

#endif
