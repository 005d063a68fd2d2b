/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * choose - which of the sites that may have a job gets it, or whether it waits.
 *
 * Pure.  The cost of a site is an estimate in seconds: staging what is not
 * there, penalties for tags, and a little for how full it is already.  The
 * cheapest site gets the job if it still wants work.  If it does not, the job
 * waits for it, but no longer than a dearer site would cost more: then that
 * one gets it.  (Waiting as long as the alternative costs is at most twice as
 * bad as knowing the future: the ski rental rule.)
 */
#ifndef PLAN_CHOOSE_H
#define PLAN_CHOOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "match.h"

struct candidate {
	struct match match;
	bool later;		/* may be asked for a start that is not now */
	bool wants;		/* has pull credit left for this job */
	double fill;		/* cores it holds already, over those it has */
};

struct choice {
	int site;		/* index of the candidate; -1: wait */
	int cheapest;		/* the one waited for, or chosen; -1: none may */
	double wait;		/* site -1: seconds until a dearer one is worth it;
				 * negative: until something changes */
};

/* Seconds that a tag to avoid, or the lack of a preferred one, is worth. */
double choose_dislike(const struct match *m);
double choose_cost(const struct candidate *c, uint64_t bandwidth);
/* waited: seconds since the job became pending. bandwidth: bytes a second. */
struct choice choose_site(const struct candidate *c, int n, uint64_t bandwidth, double waited);

#endif
