/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * candidate - a site in a round, for one job; and in seconds, what counts
 * against it beside the time that the job takes there.
 */
#ifndef PLAN_CANDIDATE_H
#define PLAN_CANDIDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "match.h"

struct candidate {
	struct match match;
	bool later;		/* may be asked for a start that is not now */
	bool wants;		/* has pull credit left for this job */
	double fill;		/* cores it holds already, over those it has */
};

/* What a tag to avoid, or the lack of a preferred one, is worth. */
double candidate_dislike(const struct match *m);

#endif
