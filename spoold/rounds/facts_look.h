/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts_look - what is known of one job at one site, and how old it is: for
 * offers, for `why` and for estimates of the end.
 *
 * The numbers are those that the planner reckons with (facts.h), so what is said
 * is what was decided by.
 */
#ifndef SPOOLD_FACTS_LOOK_H
#define SPOOLD_FACTS_LOOK_H

#include "hub.h"

/* Whence an input comes.  Numbers are those that the planner reckons with. */
struct facts_input {
	const char *dataset;
	const struct digest *pin;	/* the version that the job wants; NULL: which counts */
	const char *from;	/* URL; "hub"; "here"; "coming": it is on its way already; "nowhere" */
	uint64_t bytes;		/* still to be fetched; 0: it is here, or coming */
	double seconds;		/* for them, over an idle line; of one that is coming: until it is here */
	double rate, spread;	/* bytes/s of that source; spread 0: not known */
	double latency;		/* seconds; 0: not known */
	bool measured;		/* by the site; else as config.yaml assumes */
	bool unknown;		/* it is named by its address, and nobody knows yet how long it is */
	bool trouble;		/* the site did not reach it when it last tried */
	double age;		/* seconds since it was measured, or was said to be here */
};

struct facts_spread { double low, middle, high; };	/* one of ten is below, half are, nine are */

/* Where run times come from, the best first. */
enum facts_basis {
	FACTS_NAME = LEARNED_NAME, FACTS_SHAPE = LEARNED_SHAPE, FACTS_USER = LEARNED_USER,
	FACTS_ALL = LEARNED_ALL, FACTS_STATED, FACTS_ASSUMED,
};

/* All in seconds from now, or seconds, where nothing else is said. */
struct facts_look {
	struct planner_offer offer;	/* what the planner makes of all that follows */
	double told;			/* age of the site's document */
	struct facts_spread pickup;	/* until the site next fetches its mail */
	double every;			/* usual time between two times that it does; 0: at once */
	uint32_t pickups;		/* that this was learned from; 0: as the site says */
	struct facts_input *input;
	uint32_t inputs;
	uint64_t held, missing;		/* bytes of the inputs: here or coming, and not */
	double stage_in;		/* of the line for what is missing, were it idle */
	double line_wait;		/* more than that, as the line is busy */
	double prepare;			/* to get the software ready; 0: it is there, or not known */
	uint32_t prepares;		/* that this was learned from */
	double cores_wait;		/* until the cores are free, from when all else is there */
	double start;
	struct facts_spread run;	/* at this site */
	enum facts_basis basis;
	uint32_t runs;			/* that it was learned from, as far as they still count */
	double speed;			/* of the site; 1: not known, or as others */
	uint32_t speeds;		/* runs that this was learned from */
	uint64_t out_bytes;		/* expected of its outputs; 0: not known */
	double stage_out;
	uint32_t outs;			/* ends that this was learned from */
	struct facts_spread end;	/* delivered, from now */
	double price;			/* for the run's middle and the bytes; 0 where nothing has one */
	struct tree tree;		/* owns the lists and strings */
};

/*
 * What is known now of this job at this site; job NO_JOB: of any job of the shape.
 * May be asked at any time, also within a round.  facts_look_free() in any case.
 * -1: the site has told nothing about itself yet, or no memory, as *d says.
 */
int facts_look(struct hub *h, uint32_t job, uint32_t shape, uint32_t site, struct facts_look *out,
	       struct diag *d);
void facts_look_free(struct facts_look *l);
/* "runs of this name", ... */
const char *facts_basis_name(enum facts_basis b);
/*
 * What has to happen before a job of the shape can start at a site that may have it;
 * in seconds.  As the above, not between facts_job() and facts_sent().
 */
struct facts_lead {
	double pickup;		/* until the site fetches its mail, in nine of ten times */
	double every;		/* and then again */
	double staged;		/* from then until all inputs are there */
	double prepare;		/* and its software, from then on */
};
void facts_lead(struct hub *h, const struct shape *s, uint32_t site, struct facts_lead *out);
/* Until it can have started, if it is given to the site only so much later: 0 is now. */
double facts_lead_from(const struct facts_lead *l, double after);

#endif
