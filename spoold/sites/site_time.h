/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_time - time as a dimension: what every site has promised, and when.
 *
 * Each site has one timeline (struct site.time, plan/place.h): its cores,
 * memory, disk and GPUs of each type, as the site document says.  On it lie
 *
 *	what			holder		standing	from, to
 *	a job that runs		HOLD_JOB	PLACE_FACT	since its start, for its length
 *	a session with an	HOLD_JOB	PLACE_AGREED	its start, its length
 *	  agreed start
 *	a reservation		HOLD_RESERVED	PLACE_AGREED	as it says
 *	an offer		HOLD_OFFER	PLACE_OFFERED	the start it offers
 *	a job at the site that	HOLD_JOB	PLACE_QUEUED	the earliest that fitted
 *	  starts when it can
 *	a pending job (depth)	HOLD_PLAN	PLACE_PLANNED	the earliest that fitted; round_plan.h
 *	a transaction that	HOLD_GANG	PLACE_PLANNED	the earliest common start
 *	  waits
 *	the site is down	HOLD_DOWN	PLACE_FACT	as announced
 *
 * A job's length is what it was given (an offer's duration), else what it asks
 * for, else policy.length of config.yaml.  A job that overruns its length goes
 * on being a fact, for a quarter longer each time.
 *
 * Every take has one owner of its handle: job.hold, offer.hold, the shape's
 * plan, the reservation's own; who clears it gives back (place_give_back).  A
 * job's is kept by site_time_follow() and site_time_leave(), and nobody else
 * touches it.  After a restart site_time_recover() makes the same entries from
 * the files: facts, sessions, offers, reservations, then what is queued.
 *
 * How to use it:
 *
 *  a) may a job start at a site, and when?	site_time_start()
 *     That start delays nothing that is promised: what the job takes lies
 *     beside all other entries.  Assigned with it, the job is followed.
 *  b) find a slot in several windows and hold it, for instance an offer
 *	place_wish(&s->time, shape, k.amount);
 *	place_fit(&s->time, k.amount, window, windows, &found);
 *	k.from = found.start; k.to = ...; k.standing = PLACE_OFFERED;
 *	k.owner = site_time_owner(&job->id); k.holder = ...
 *	place_take(&s->time, &k, &handle, d)		0: held; 1: it does not fit
 *  c) several demands, at one site or many, all or none
 *	place_fit_all(claim, n, earliest, latest, &start, d)	a common start
 *	place_take_all(claim, n, &which, d)			as they stand
 *     A demand of a transaction has the standing that it would have alone.
 *  d) a part of a site that was reserved is a place of its own, in which jobs
 *     are fitted and held in the same way: place_within().
 *
 * What is taken out as it cannot be kept (the site has less, a job overruns) is
 * remembered with the reason, and looked at once a turn: site_time_settle().
 * Queued jobs move; a plan is made anew; an offer is withdrawn; a job whose
 * agreed start cannot be kept goes back to pending and its log says why;
 * what a reservation loses is told to hub.reserved_broken.
 */
#ifndef SPOOLD_SITE_TIME_H
#define SPOOLD_SITE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/timeline.h"
#include "plan/shape.h"
#include "site_table.h"

struct hub;

/* A promise that could not be kept, until it is looked at: site_time_settle(). */
struct broken {
	uint16_t site;
	struct timeline_entry entry;
	char why[160];
};

enum { HOLD_JOB = 1, HOLD_OFFER, HOLD_PLAN, HOLD_RESERVED, HOLD_DOWN, HOLD_GANG };

/* Is something held there that the site does not know of?  Then what it is
 * given has to fit now: it would start it earlier than was planned. */
static inline bool site_time_hidden(const struct site *s)
{
	return s->time.taken[HOLD_OFFER] || s->time.taken[HOLD_PLAN] || s->time.taken[HOLD_RESERVED] ||
	       s->time.taken[HOLD_GANG];
}

/* The site has told about itself: its capacity follows.  -1: *d; no memory. */
int site_time_learn(struct hub *h, uint16_t site, struct diag *d);
void site_time_free(struct hub *h);

/*
 * The earliest start, from now on and inside one of its windows, of a job of
 * this shape at the site; false: none (it is too large, or there is no room
 * for it in its windows).  Remembered until the site's timeline changes.
 */
bool site_time_start(struct hub *h, uint32_t shape, uint16_t site, int64_t *start);
/* Microseconds that a job started in this window of its shape is planned to take. */
int64_t site_time_length(const struct hub *h, const struct shape *s, uint32_t window);
/* Its windows from `now` on, for timeline_fit(); at most s->windows.  Returns how
 * many; which[i] is the window of the shape. */
unsigned site_time_windows(const struct hub *h, const struct shape *s, struct timeline_window *w,
			   uint32_t *which);
/* Is it now in one of its windows?  *next: when the next one begins; INT64_MAX: none. */
bool site_time_open(const struct hub *h, const struct shape *s, int64_t *next);
/* Older ones are kept before younger ones. */
uint64_t site_time_owner(const struct uuid *id);

/* Who comes first when they are put on a timeline anew: 0: it runs; 1: its start was
 * agreed; 2: it is queued; -1: it is on none. */
enum { SITE_TIME_RANKS = 3 };
int site_time_rank(const struct job *job);

/*
 * The timeline follows the phase that the job has now.  With job.agreed it is
 * held from job.start; else, while it waits, from the earliest start that fits
 * (set in job.start).  A job that moves or ends leaves first.
 */
void site_time_follow(struct hub *h, uint32_t job);
void site_time_leave(struct hub *h, uint32_t job);
/* job.start of one that runs: when it began by the site's clock (0: not told),
 * which is not later than when that was heard. */
int64_t site_time_began(const struct job *job, int64_t told, int64_t heard);
/* For a job that is about to be assigned, with its site set: what
 * site_time_follow() would take when it waits there. */
void site_time_hold(struct hub *h, uint32_t job);

/* Remember what was taken out of a site's timeline, and why; frees b's entries. */
void site_time_broke(struct hub *h, uint16_t site, struct timeline_broken *b, const char *why);
/* Act on it.  Returns whether there was anything. */
bool site_time_settle(struct hub *h);
/* Jobs that should have ended by now have not. */
void site_time_overruns(struct hub *h);
/* At start, when all jobs, offers and reservations are known. */
int site_time_recover(struct hub *h, struct diag *d);

#endif
