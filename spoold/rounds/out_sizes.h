/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * out_sizes - how much a job is likely to leave behind, and how long a site
 * takes to deliver that.
 *
 * Learned from jobs that have completed, by what learned.h calls name, shape and
 * user, the first that is known: the bytes that came home to the hub, and those
 * that went where the request says.  Sites tell them when a job ends.
 *
 * The first go over the site's line to the hub, at the rate that the site has
 * measured to there (else from there, else as config.yaml assumes), the others to
 * the stores that the request names; of several each is expected to get as much.
 */
#ifndef SPOOLD_OUT_SIZES_H
#define SPOOLD_OUT_SIZES_H

#include <stdbool.h>
#include <stdint.h>

struct hub;
struct message_report;
struct shape;

struct out_sizes {
	double home, stored;		/* bytes */
	uint32_t ends;			/* that this was learned from; 0: nothing is known, both are 0 */
};

void out_sizes_expect(const struct hub *h, uint32_t job, struct out_sizes *out);
/* The job has completed. */
void out_sizes_ended(struct hub *h, uint32_t job, const struct message_report *r);

/* Seconds for a byte from a site to the hub, and to where a shape's outputs go. */
double out_sizes_home(const struct hub *h, uint32_t site);
double out_sizes_stored(const struct hub *h, const struct shape *s, uint32_t site);

#endif
