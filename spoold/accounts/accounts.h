/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * accounts - what users and groups used, for fair share, and spent, for budgets.
 *
 * One account for each user that has or had jobs, one for each group of
 * config.yaml.  What was used comes from the lines of accounting/ (sums.h), so
 * that a restart knows the same; what is under way is added while a site
 * has the job, and estimated: as long as the job says it may run.
 *
 * Use decays with a half-life.  As it decays alike for all, it is kept as if it
 * had been used at one instant, long ago: weight * 2^((time - then) / half-life).
 */
#ifndef SPOOLD_ACCOUNTS_H
#define SPOOLD_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "lookup.h"
#include "plan/fair.h"
#include "plan/price.h"

struct hub;

#define NO_ACCOUNT FAIR_NOBODY

struct account {
	char     name[64];
	uint32_t uid;			/* of a user */
	bool     is_group;
	uint32_t group;			/* of a user; NO_ACCOUNT: none */
	double   share;
	double   budget;		/* negative: no limit */
	double   used;			/* weighted hours, as of accounts.origin */
	double   flight;		/* weighted hours that are under way */
	double   spent;			/* in accounts.period */
	double   promised;		/* for what is under way */
	uint32_t flights;		/* jobs under way */
};

struct accounts {
	struct account *account;
	struct fair_party *party;	/* of the same indices, for the planner; accounts_party() */
	uint32_t count, cap;
	uint32_t budgets;		/* accounts that have one */
	struct lookup by_uid;		/* of users */
	int64_t  origin;		/* instant that `used` is as of */
	int      period;		/* that `spent` is of: its first month, as in sums.h */
};

void accounts_free(struct accounts *a);
/* The groups of config.yaml.  -1: out of memory. */
int accounts_open(struct hub *h, struct diag *d);
/* Find or add a user; NO_ACCOUNT: out of memory. */
uint32_t accounts_user(struct hub *h, uint32_t uid, const char *name, struct diag *d);
/* NO_ACCOUNT: never seen. */
uint32_t accounts_find(const struct hub *h, uint32_t uid);
uint32_t accounts_find_group(const struct hub *h, const char *name);

/* An attempt ended at this instant, having used and cost this much, in a month
 * of accounting/.  group: as the line says; may be NO_ACCOUNT.  What it counts
 * for fair share, as of accounts.origin. */
double accounts_charge(struct hub *h, uint32_t user, uint32_t group, const struct usage *u, double price,
		       int month, int64_t time);
/* The same for the sum of many, that had been used as of this instant. */
double accounts_take(struct hub *h, uint32_t account, double used, double price, int month, int64_t time);
/* As of accounts.origin, decayed to now. */
double accounts_decayed(const struct hub *h, double used);
/* A site has this job now (by +1), or no longer (-1), with the same cores and memory. */
void accounts_flight(struct hub *h, uint32_t job, uint16_t site, int by);
/* A new period has begun: nothing of it is spent. */
void accounts_turn(struct hub *h);

/* What a job of this shape is expected to count for fair share. */
double accounts_weight(const struct hub *h, uint32_t shape);
/* Bring the parties of a user and of the user's group up to date. */
void accounts_party(struct hub *h, uint32_t user);

/* What a job of this shape has when it is given so many cores and so much memory; 0: as
 * its shape says. */
struct demand accounts_given(const struct hub *h, uint32_t shape, uint32_t cores, uint64_t memory);
/* What such a job is expected to cost at this site. */
double accounts_price_given(const struct hub *h, const struct demand *d, uint16_t site);
/* The same with no more than its shape says. */
double accounts_price(const struct hub *h, uint32_t shape, uint16_t site);
/* Has the user, or the user's group, a budget? */
bool accounts_limited(const struct hub *h, uint32_t user);
/*
 * Could so much be paid for?  1: yes; 0: not as long as what is under way is not
 * known to be cheaper than thought; -1: not in this period.  why, or NULL, gets
 * the reason for 0 and -1.
 */
int accounts_pay(const struct hub *h, uint32_t user, double price, struct buf *why);
/* The same for a job of this shape at this site. */
int accounts_afford(const struct hub *h, uint32_t user, uint32_t shape, uint16_t site, struct buf *why);

#endif
