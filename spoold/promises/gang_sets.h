/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gang_sets - the sets of sites one of which has to take all jobs of a transaction.
 *
 * With `same: site` each site is a set, with `same: group` each group of sites,
 * else all of them are one.
 */
#ifndef SPOOLD_GANG_SETS_H
#define SPOOLD_GANG_SETS_H

#include "gang_part.h"

struct gang_sets {
	const char **group;	/* SAME_GROUP: all there are, each once; names of the sites' documents */
	uint32_t count;
};

/* False: out of memory; gang_sets_end() is due in any case. */
bool gang_sets_begin(const struct hub *h, enum transaction_same same, struct gang_sets *s);
void gang_sets_end(struct gang_sets *s);
bool gang_in_set(const struct hub *h, enum transaction_same same, const struct gang_sets *s, uint32_t set,
		 uint16_t site);

/* What all jobs together cost at the least, at sites that may have them; negative:
 * no set may have all. */
double gang_least_price(struct hub *h, const struct gang_want *w);

#endif
