/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_accounts - the part of config.yaml that is about users, their groups,
 * their shares, and their budgets.
 *
 *	prices: {core-hour: 0.02}
 *	fair-share: {half-life: P7D, weights: {core-hour: 1}, expected: PT1H}
 *	budgets: {period: month}
 *	users: {ann: {share: 3, budget: 100}}
 *	groups: {physics: {share: 2, users: [ann, bob], budget: 1000}}
 *
 * A user belongs to the first group that names them; to none, if none does.
 */
#ifndef FORMATS_CONFIG_ACCOUNTS_H
#define FORMATS_CONFIG_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "node.h"
#include "prices.h"
#include "text_list.h"

struct config_account {			/* a user, or a group of users */
	const char *name;
	double share;			/* of what its like get; more than 0; 1 */
	double budget;			/* for each period, in the unit of prices; negative: no limit */
	struct text_list users;		/* of a group */
};

enum budget_period { BUDGET_MONTH, BUDGET_YEAR };

struct config_accounts {
	int64_t half_life;		/* after this long, use counts half; 7 days */
	struct prices weights;		/* of use, for fair share; core-hour 1, all others 0 */
	int64_t expected;		/* how long a job runs that does not say; 1 hour */
	int period;			/* enum budget_period: calendar, in UTC */
	struct config_account *user, *group;
	uint32_t users, groups;
};

void config_accounts_default(struct config_accounts *c);
/* The nodes are of config.yaml; lists go into t's arena. */
int config_accounts_read(struct tree *t, const struct node *users, const struct node *groups,
			 const struct node *share, const struct node *budgets,
			 struct config_accounts *c, struct diag *d);

const struct config_account *config_user(const struct config_accounts *c, const char *name);
const struct config_account *config_group(const struct config_accounts *c, const char *name);
/* The group of a user of this name; NULL: none. */
const struct config_account *config_group_of(const struct config_accounts *c, const char *user);

#endif
