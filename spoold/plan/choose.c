/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "choose.h"

/* What a tag is worth, in seconds of staging. */
static const double avoided_costs = 3600, unpreferred_costs = 60;

double choose_dislike(const struct match *m)
{
	return (m->avoided ? avoided_costs : 0) + (m->preferred ? 0 : unpreferred_costs);
}

double choose_cost(const struct candidate *c, uint64_t bandwidth)
{
	double cost = bandwidth ? (double)c->match.missing / (double)bandwidth : 0;

	return cost + choose_dislike(&c->match);
}

struct choice choose_site(const struct candidate *c, int n, uint64_t bandwidth, double waited)
{
	struct choice r = { .site = -1, .cheapest = -1, .wait = -1 };
	double least = 0, least_wanting = 0;
	int wanting = -1;

	for (int i = 0; i < n; i++) {
		double cost = choose_cost(&c[i], bandwidth);

		if (!c[i].match.may)
			continue;
		if (r.cheapest < 0 || cost < least) {
			r.cheapest = i;
			least = cost;
		}
		if (c[i].wants && (wanting < 0 || cost < least_wanting ||
				   (cost <= least_wanting && c[i].fill < c[wanting].fill))) {
			wanting = i;
			least_wanting = cost;
		}
	}
	if (wanting < 0)
		return r;
	if (waited >= least_wanting - least) {
		r.site = wanting;
		r.cheapest = wanting;
	} else {
		r.wait = least_wanting - least - waited;
	}
	return r;
}
