/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account - the table behind accounts.h. */
#ifndef SPOOLD_ACCOUNT_H
#define SPOOLD_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/fair.h"

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
	uint32_t *slot, slots;		/* users by uid: 1 + index */
	int64_t  origin;		/* instant that `used` is as of */
	int      period;		/* that `spent` is of: its first month, as in sums.h */
};

#endif
