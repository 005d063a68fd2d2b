/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reserved - reservations: slots held on a site's timeline for jobs to come.
 *
 * reservations/PHASE/ID.yaml is the truth (reservation_file.h); what is here is
 * made from it.  An active one holds each occurrence that has not ended on
 * site.time, as PLACE_AGREED with the holder {HOLD_RESERVED, 0, its index}; so
 * nobody else gets that.  Inside, what it holds is a place of its own, in which
 * its jobs are fitted: theirs lies there (job.reserved, job.hold), and not on
 * the site's timeline, where it would be counted twice.
 *
 *	reserved_take()		a drop is placed, and held with its file written; or NO
 *	reserved_command()	release, renew
 *	reserved_look()		may a job that names one start now?
 *	reserved_tick()		occurrences end, reservations expire
 *
 * A job whose slot lies in the future is given to the site at once, with its
 * start agreed: so the site needs nobody to be told when.  In an occurrence that
 * is open jobs wait for what comes free.
 *
 * When one is released its jobs go on as the site's; when an occurrence ends or
 * the reservation expires they are cancelled, for others count on what they have.
 * What was given ahead, and begins later than that, is taken back.
 */
#ifndef SPOOLD_RESERVED_H
#define SPOOLD_RESERVED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "buf.h"
#include "diag.h"
#include "plan/place.h"
#include "plan/shape.h"
#include "request.h"
#include "reservation_file.h"

struct drop;
struct hub;
struct inbox_seen;
struct spans;
struct tree;

/* One that is active. */
struct reserved {
	struct uuid id;
	uint32_t owner, group;
	bool live, for_group;
	bool missing;			/* not every occurrence is held */
	int64_t *lost;			/* beginnings of those that were broken, and not held since */
	uint32_t losts, lost_cap;
	uint16_t site;
	struct slots slots;
	struct shape want;
	int64_t first, holds;		/* hold[n] is that of occurrence first + n; 0: not held */
	timeline_handle *hold;		/* on the site's timeline */
	struct place place;		/* what it holds, for its jobs */
	uint32_t version;		/* of the site's timeline when what is missing was tried */
};

struct reservations {
	struct reserved *item;		/* the index is the holder's */
	uint32_t count, cap;
	int64_t due;			/* of the next reserved_tick() that does anything */
};

/* --- drops and commands -------------------------------------------------------- */

/* -1 with d->err 0: NO, or not valid; the drop is to be rejected. */
int reserved_take(struct hub *h, const struct drop *p, struct tree *t, struct diag *d);
/* As command_run(). */
int reserved_command(struct hub *h, const struct command *c, uid_t uid, struct diag *d);
/* Could it be had?  Appends where and when, or each site's reason.  1: YES; 0: NO, with its
 * errno in *err if it has one; -1. */
int reserved_check(struct hub *h, const struct reservation *r, uid_t uid, struct buf *out, int *err,
		   struct diag *d);

/* --- jobs in one ------------------------------------------------------------------ */

enum reserved_verdict { RESERVED_NO, RESERVED_WAIT, RESERVED_AHEAD, RESERVED_NOW };

struct reserved_answer {
	uint16_t site;
	int64_t start;		/* AHEAD: instant at which the site is to start it */
	int64_t length;		/* AHEAD, NOW: microseconds that it may take */
	int64_t wake;		/* WAIT: instant to look again; INT64_MAX: when something changes */
	struct buf why;		/* NO, WAIT: the caller frees it */
	int err;		/* NO: EACCES, ESTALE, EINVAL; 0: it does not fit */
};

/* Of a job of a shape that names a reservation. */
enum reserved_verdict reserved_look(struct hub *h, uint32_t shape, uid_t owner, struct reserved_answer *a);
/* The same of n jobs, whose shapes name one reservation, that are to begin at the
 * same instant, in one of these spans (at least one); length[i]: that each may take. */
enum reserved_verdict reserved_look_together(struct hub *h, const uint32_t *shape, uint32_t n, uid_t owner,
					     const struct spans *when, struct reserved_answer *a, int64_t *length);
/* Those lengths for a start that was found before. */
void reserved_lengths(struct hub *h, const uint32_t *shape, uint32_t n, int64_t start, int64_t *length);
/* The job is about to be given to the site that it names, or (at start) lies
 * there: what it takes is to be taken inside its reservation, if that lives. */
void reserved_enter(struct hub *h, uint32_t job);
/* Where the job's part of a site's time lies. */
struct place *reserved_place(struct hub *h, uint32_t job);
/* For run/why/: how things are with the reservation of a shape. */
void reserved_explain(struct hub *h, uint32_t shape, struct buf *out);

/* For hub.reserved_broken: the site has taken this from a reservation. */
void reserved_broken(struct hub *h, uint16_t site, uint32_t index, const struct timeline_entry *e,
		     const char *why);

/* --- time ---------------------------------------------------------------------------- */

/* What has reached its time.  Returns the instant of the next; INT64_MAX: none. */
int64_t reserved_tick(struct hub *h);
/* The site has told about itself: take what is not held yet. */
void reserved_learn(struct hub *h, uint16_t site);
/* The same wherever something else may have become free. */
void reserved_seek(struct hub *h);
/* At start, when the sites are known.  seen NULL: only look, change nothing. */
int reserved_recover(struct hub *h, const struct inbox_seen *seen, const struct timespec *since,
		     struct diag *d);
/* At start, behind facts and all else that was promised: only of reservations
 * something may be missing, and what is, takes nobody's place.  With their jobs. */
int reserved_hold_all(struct hub *h, struct diag *d);
/* At start, when jobs and mailboxes are known: what ended meanwhile, or was
 * about to, ends for the jobs in it. */
void reserved_finish(struct hub *h);
void reserved_free(struct hub *h);

#endif
