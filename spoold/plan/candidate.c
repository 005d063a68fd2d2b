/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "candidate.h"

/* What a tag is worth, in seconds of staging. */
static const double avoided_costs = 3600, unpreferred_costs = 60;

double candidate_dislike(const struct match *m)
{
	return (m->avoided ? avoided_costs : 0) + (m->preferred ? 0 : unpreferred_costs);
}
