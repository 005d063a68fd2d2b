/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts - what the planner (plan/planner.h) is told: of the sites, and of where
 * data lies.
 *
 *	facts_begin(h)				at the start of a round; costs nothing
 *	facts_job(h, j, candidate, &job)	a job, and which sites may have it
 *	planner_place(&h->facts.planner, ...)
 *	facts_sent(h, site, &choice)		it was assigned there
 *	facts_end(h)
 *
 * A dataset counts as being where a site says so in the version that counts, or
 * where a job was sent that has it fetched and it should be there by now or soon.
 * Seconds count from the epoch.
 *
 * A site is told about when there is a job to be placed, and then only if it or
 * its jobs have changed (site.told), or some seconds have passed.
 */
#ifndef SPOOLD_FACTS_H
#define SPOOLD_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"
#include "plan/name_table.h"
#include "plan/planner.h"

struct candidate;
struct hub;

/* A dataset that a job asked for. */
struct facts_file {
	char *name;
	bool pinned;			/* just that version */
	struct digest pin;
};

/* Files that a site does not have, but should have later. */
struct facts_coming { uint32_t *file, count, cap; };

/* What the planner was told. */
struct facts {
	struct planner planner;
	bool begun;			/* a job was placed in this round, or tried to be */
	struct name_table files;	/* numbers of what jobs asked for */
	struct facts_file *known;	/* [files.count] */
	uint32_t known_cap;
	uint64_t *told;			/* [site] site.data as it was told; 0: not at all */
	struct facts_coming *coming;	/* [site] */
	bool links;			/* some site can fetch from another */
	struct planner_shape shape;	/* of the job that is being looked at: */
	uint32_t *file, file_cap;
	uint8_t *may;
	float *dislike, *prepare, *stage_out;
	float *home, *stored;		/* [site] seconds for a byte to the hub, and where outputs of the */
	struct planner_own *own;	/* [site] of inputs by address, */
	uint64_t own_of;		/* as they were of this url_sizes_version() */
	uint64_t stored_of;		/* shape with this hash go; 0: of none */
};

void facts_free(struct hub *h);
/* Datasets changed in the catalogue. */
void facts_forget_data(struct hub *h);
/* false: out of memory, also below. */
void facts_begin(struct hub *h);
void facts_end(struct hub *h);
/* c: of each site; only those that may have it later or now are asked. */
bool facts_job(struct hub *h, uint32_t job, const struct candidate *c, struct planner_job *out);
/* What it fetches there will be there. */
void facts_sent(struct hub *h, const struct planner_job *job, const struct planner_choice *c);
/* The seconds that a part q of jobs like this one takes at most, at a site of
 * speed 1.  What it says itself counts until some of its name or shape have ended. */
double facts_run(const struct hub *h, uint32_t job, double q);
/* Seconds since the epoch. */
double facts_seconds(int64_t instant);

#endif
