/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fair - whose job is next: priority, then fair share, then age.
 *
 * Pure.  Jobs wait in lanes, one for each user and shape, of one priority each.
 * Of all lanes those of the highest priority come first.  Among these the
 * party goes first that used least in proportion to its share: parties are
 * groups of users, and users without a group.  In a group the same holds among
 * its users.  A user's lanes go by the age of their first jobs.
 *
 * When a job is given away its expected use is charged to its user and to the
 * user's party at once, so shares hold within one round as well: a site with
 * room for a hundred jobs does not get all of them from one user.
 *
 *	fair_begin(&f, party, lane, n);
 *	while ((at = fair_first(&f)) >= 0)
 *		either	fair_again(&f, charge, &id)	the lane has a next job
 *		or	fair_drop(&f, charge)		it is done with
 *	fair_end(&f);
 *
 * Each step costs the logarithm of the lanes, fair_begin n times that.
 */
#ifndef PLAN_FAIR_H
#define PLAN_FAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "uuid.h"

#define FAIR_NOBODY UINT32_MAX

struct fair_party {
	double used;		/* by now, with what is under way; any unit, not negative */
	double share;		/* more than 0 */
};

struct fair_lane {
	int      priority;	/* the higher goes first */
	uint32_t user;		/* index into the parties */
	uint32_t group;		/* likewise; FAIR_NOBODY: none */
	struct uuid first;	/* id of the first job: tells its age, and breaks ties */
	uint32_t lane;		/* the caller's */
};

/* Lanes of one user and priority; users of one party and priority. */
struct fair_user { uint32_t party, from, count; };
struct fair_top { uint32_t party, from, count; int priority; };

struct fair {
	struct fair_party *party;
	struct fair_lane *lane;		/* sorted: see fair.c */
	struct fair_user *user;
	struct fair_top *top;
	uint32_t *lanes, *users, *tops;	/* heaps, each a part of its array */
	uint32_t band, band_count;	/* tops of the present priority */
	uint32_t all_tops;
};

/* The parties are the caller's, and charged; the lanes are reordered.  False:
 * out of memory. */
bool fair_begin(struct fair *f, struct fair_party *party, struct fair_lane *lane, uint32_t n);
/* Index into the lanes as they are now; -1: none is left. */
int64_t fair_first(struct fair *f);
void fair_again(struct fair *f, double charge, const struct uuid *first);
void fair_drop(struct fair *f, double charge);
void fair_end(struct fair *f);

#endif
