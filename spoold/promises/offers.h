/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offers - the answer to `accept: ask`: YES, with offers that hold what they offer.
 *
 * A pending job becomes offered: its line names the offers, and each lies as a
 * document of its own in offers/offered/JOB.N.yaml, the request again with what
 * is offered before it.  Accepting one makes the job waiting at that site and
 * the others rejected; when their time is over, all become expired, and so
 * does the job.  The job's file is the truth: offers/ follows it, also at start.
 *
 * Which slots are offered is for plan/offer.h to say; each holds what it offers
 * on its site's timeline (site_time.h).  One that may start at once counts
 * against the site's pull credit as if the job were there.
 */
#ifndef SPOOLD_OFFERS_H
#define SPOOLD_OFFERS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "plan/candidate.h"
#include "plan/shape.h"
#include "plan/timeline.h"

struct hub;
struct offer_slot;

/* What one open offer holds. */
struct offer {
	uint32_t job;			/* NO_JOB: a free place of the table */
	uint32_t next;			/* of this job: 1 + its place, 0: none; also the free list */
	uint16_t site;
	uint8_t  number;		/* from 1, of this job */
	bool     counts;		/* against the site's pull credit: it may start at once */
	bool     lost;			/* at start: nothing of it is left but the job's line */
	int64_t  expires;
	timeline_handle hold;		/* on its site's timeline; 0: nothing */
	int64_t  start, latest;		/* accepted, it starts between them */
	int64_t  until;			/* the hold's end */
	int64_t  length;		/* that was stated; 0: none was */
	uint32_t cores;
	uint64_t memory;
};

/* The table (offer_table.c).  An offer is found by its job, and the job whose offers
 * expire next at the top of a heap: neither costs more the more offers are open. */
struct offers {
	struct offer *offer;		/* open ones, and free places among them */
	uint32_t used, cap, free;	/* free: 1 + the first free place; 0: none */
	uint32_t *of_job, of_jobs;	/* [job] 1 + the place of its first; 0: it has none */
	struct offer_due { int64_t expires; uint32_t job; } *due;
	uint32_t dues, due_cap;
};

/* What would be offered to a job of this shape: plan/offer.h.  Nothing is held. */
int offers_choose(struct hub *h, const struct shape *shape, const struct candidate *c, int64_t expires,
		  struct offer_slot *slot, unsigned most, struct diag *d);
/* Make the offers of a pending job, from the candidates that may have it; those
 * that do not want it now are asked for later.  1: it is offered; 0: nobody has
 * anything to offer; -1: *d.  (offers_make.c) */
int offers_make(struct hub *h, uint32_t job, const struct candidate *c, struct diag *d);
/* The soonest slot to come for a pending job that leaves the choice to us: 1, *site is
 * set, and in the job the terms for round_assign(); 0: there is none; -1. */
int offers_agree(struct hub *h, uint32_t job, const struct candidate *c, uint16_t *site, struct diag *d);
/* Microseconds that it is believed to take until the site has heard of it, has what it
 * lacks, and could start it.  0: it has all, and would start it when it hears of it. */
int64_t offers_lead(struct hub *h, const struct shape *s, uint32_t site);
/* The instant at which it could have started there, if it were given to the site now. */
int64_t offers_soonest(struct hub *h, const struct shape *s, uint32_t site);
/* The first open offer of a job, and the one after an offer; NULL: none.  In the order
 * in which they were added. */
struct offer *offers_first(const struct hub *h, uint32_t job);
struct offer *offers_next(const struct hub *h, const struct offer *o);
/* The one with this number; NULL: it is not open. */
struct offer *offers_numbered(const struct hub *h, uint32_t job, uint32_t number);
/* Add an open offer, without its hold.  NULL: no memory.  What was found before has
 * to be found again. */
struct offer *offers_add(struct hub *h, const struct offer *o);
/* Hold what it says.  false: there is no room. */
bool offers_take(struct hub *h, struct offer *o);
/* As if it had never been made. */
void offers_drop(struct hub *h, struct offer *o);
/* The job whose open offers have reached their time; NO_JOB: none, and *next is when
 * that will be, or INT64_MAX.  It is told until it is not offered any more. */
uint32_t offers_due(struct hub *h, int64_t *next);
/* -1 with d->err 0: there is no such offer (any more), in words. */
int offers_accept(struct hub *h, uint32_t job, const char *which, const char *by, struct diag *d);
/* Reject one, or all with which NULL; with the last one the job is cancelled. */
int offers_reject(struct hub *h, uint32_t job, const char *which, const char *by, struct diag *d);
/* The job leaves the phase offered some other way: give back what is held. */
void offers_close(struct hub *h, uint32_t job, const char *state);
/* What this one held was taken from it: it is expired, and the job's log says
 * why; a job without any other goes back to pending. */
void offers_withdraw(struct hub *h, uint32_t job, uint8_t number, uint16_t site, timeline_handle hold,
		     const char *why);
/* What has reached its time.  Returns the instant of the next; INT64_MAX: none. */
int64_t offers_expire(struct hub *h);
/* offers_recover.c.  At start: take the holds of an offered job up again out of
 * its file. */
int offers_recover(struct hub *h, uint32_t job, const struct buf *text, struct diag *d);
/* At start, when all jobs are known: files of offers that do not stand move on,
 * and a job whose offers have no files is pending again. */
int offers_tidy(struct hub *h, struct diag *d);
/* And hold what all of them say. */
void offers_hold(struct hub *h);
void offers_free(struct offers *o);

#endif
