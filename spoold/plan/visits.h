/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * visits - when a site will next fetch its mail, from when it came before.
 *
 * A site says how long it is between two of its passes; that is believed as far
 * as it was seen.  Gaps between its messages are kept by size, older ones fading:
 *
 *	short gaps, up to twice what it says (and a minute)	its usual rhythm
 *	longer ones						times when it was away
 *
 * While it is in its rhythm the next visit is a multiple of the usual gap after
 * the last one: half of the time goes by in gaps that are longer than that gap.
 * One that is away comes back after what is the middle of those absences that
 * were longer than this one is by now.  If there is none, after half as long as
 * it has been away: so there is always a time, and never one for ever far.
 *
 * Pure.  All zeros knows nothing.  Seconds; times on the caller's clock.
 */
#ifndef PLAN_VISITS_H
#define PLAN_VISITS_H

#include <stdint.h>

enum { VISITS_SIZES = 24 };		/* powers of two, from a second to 97 days */

struct visits {
	double last;			/* when it came; 0: never */
	uint32_t seen;			/* gaps, ever */
	float count[VISITS_SIZES];	/* of gaps of that size, faded */
	float sum[VISITS_SIZES];	/* of their seconds */
};

/* It came.  What follows within a second is the same visit. */
void visits_add(struct visits *v, double now);
/* The usual gap; claimed: what the site says, 0: it fetches at once. */
double visits_every(const struct visits *v, double claimed);
/* Seconds from now until it comes, that a part q of its visits would not exceed. */
double visits_next(const struct visits *v, double claimed, double now, double q);

#endif
