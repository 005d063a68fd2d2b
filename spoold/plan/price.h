/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * price - what a job costs at a site, before it runs and afterwards.
 *
 * Pure.  A site's price of each thing is what config.yaml says for that site,
 * else what the site says, else what config.yaml says for all, else nothing.
 * A job pays for what it asked for and held (cores, memory, GPUs), for as long
 * as it ran, and for the bytes that were moved for it.
 */
#ifndef PLAN_PRICE_H
#define PLAN_PRICE_H

#include <stdint.h>

#include "config.h"
#include "prices.h"
#include "request.h"
#include "site.h"

struct usage {
	double   seconds;		/* that it ran */
	uint32_t cores, gpus;		/* that it held meanwhile */
	uint64_t memory;		/* bytes, likewise */
	uint64_t moved;			/* bytes, in and out */
};

/* Every price is said afterwards.  site NULL: nothing is known of the site. */
void price_list(const struct config *c, const char *name, const struct site_doc *site,
		struct prices *out);
/* Not negative. */
double price_of(const struct prices *p, const struct usage *u);
/* What a job of this demand would use if it ran so many microseconds. */
struct usage price_expect(const struct demand *demand, int64_t wall, uint64_t moved);

#endif
