/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_day - what a site would still take today, and what it was given since it
 * said so.
 *
 * A site's document says what is left of its day when it wrote it (pull.day); the
 * message that brings it acknowledges the assignments that are counted in it.  What
 * was assigned by later messages comes on top.  So one round, or several before the
 * site is heard again, give no more than the site will take.
 *
 * After a start nothing is known to have been acknowledged, so all that the site
 * holds counts until it is heard.
 */
#ifndef SPOOLD_SITE_DAY_H
#define SPOOLD_SITE_DAY_H

#include <stdbool.h>
#include <stdint.h>

struct demand;
struct hub;
struct site;

struct site_given {
	bool told;			/* the message that is being taken has its document */
	uint64_t upto;			/* messages up to here are counted in the document */
	uint32_t jobs;
	uint64_t cores, memory;
	int64_t walltime;		/* us */
};

/* The job is given to the site, by job.message. */
void site_day_add(struct hub *h, struct site *s, uint32_t job);
/* Its document came with a message that acknowledges ours up to there. */
void site_day_told(struct hub *h, struct site *s, uint64_t upto);
/* Would this be within what it takes today?  With all that was promised. */
bool site_day_wants(const struct site *s, const struct demand *demand);

#endif
