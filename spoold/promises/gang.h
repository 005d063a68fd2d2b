/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gang - transactions: jobs that are placed together or not at all.
 *
 * transactions/PHASE/ID.yaml is the truth about what they do together.  What
 * holds at every instant, and after every crash:
 *
 *  - A member's file counts only if its transaction's file is there: that is
 *    written first, and names all members.  At start a member without it goes
 *    (its drop still lies in inbox/), and one that a pending transaction lacks
 *    is made from the document.
 *  - Nothing is decided before the files of it and its members are on disk: else
 *    a power cut could leave what was decided, and not them.
 *  - A member of a pending transaction is at no site: it hangs aside.  The
 *    line `placed` says which member goes where; only then are they given to
 *    their sites, and no site hears of it before a flush.  At start a member
 *    that is ahead of a pending transaction is taken back, and one that is
 *    behind a placed one is given to its site.
 *  - Those that name a reservation begin at one instant inside that: `start` of
 *    the line, if it lies ahead.  Until then they stay together: one that comes
 *    back takes the others along (gang_recall).
 *  - What was cancelled as a whole says so in its file before the first member
 *    is cancelled; a start cancels the others.
 *
 * All transactions are looked at in one step, by priority, then by age; each
 * takes all that it needs or nothing.  So nobody holds what another waits for.
 * What does not fit now has its earliest common start on the timelines, as
 * PLACE_PLANNED, so that smaller jobs do not keep it out for ever.
 */
#ifndef SPOOLD_GANG_H
#define SPOOLD_GANG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "buf.h"
#include "diag.h"
#include "jobfile.h"
#include "lookup.h"
#include "plan/timeline.h"
#include "request.h"
#include "transaction_file.h"

struct drop;
struct hub;
struct inbox_seen;
struct tree;

struct gang_member {
	struct uuid id;
	uint16_t site;			/* that it goes to, or went first; NO_SITE: none yet */
	bool gone;			/* it was cancelled alone, before the others were placed */
	bool owed;			/* it has to be given to that site */
	timeline_handle plan;		/* on plan_site's timeline: where it may have its turn */
	uint16_t plan_site;
};

/* A transaction that has not ended. */
struct gang {
	struct uuid id;
	uint32_t owner;
	bool live, placed;
	bool fresh;			/* it was made since the last flush, or nobody knows */
	int64_t placed_at;		/* the instant of that, as of the last start */
	int64_t start;			/* at which all begin, if that was agreed for later; 0: none */
	enum transaction_same same;
	enum transaction_layout layout;
	enum transaction_cancel cancel;
	enum phase end;			/* in which its members are to end; PHASE_PENDING: none */
	char *text;			/* and why; may be NULL */
	struct gang_member *member;
	uint32_t members;
	uint64_t explained;		/* hash of what stands in run/why/; 0: nothing */
	uint32_t next_free;		/* not live: 1 + the next such; 0: none */
};

struct gangs {
	struct gang *item;		/* a job's gang is 1 + the index */
	uint32_t count, cap, live;
	uint32_t free;			/* 1 + the first that is not live; 0: none */
	struct lookup by_id;		/* of those that live */
	bool dirty;			/* worth a look */
	bool fresh;			/* some are */
	int64_t wake;			/* instant to look again; INT64_MAX: none */
};

/* --- drops and commands ----------------------------------------------------------- */

enum { GANG_UNDECIDED = 1 };		/* a program is asked first; there will be a call */
/* -1 with d->err 0: not valid; the drop is to be rejected. */
int gang_take(struct hub *h, const struct drop *p, struct tree *t, struct diag *d);
/* cancel, hold, release of a whole one; as command_run(). */
int gang_command(struct hub *h, const struct command *c, uid_t uid, struct diag *d);
/* Cancelling this job cancels others with it: do so.  1: done; 0: it goes alone; -1. */
int gang_cancel_with(struct hub *h, uint32_t job, const char *by, const char *reason, struct diag *d);
/* Could it be placed?  Appends what it would cost, or why not.  CHECK_*, as check_document(). */
int gang_check(struct hub *h, const struct transaction *x, uid_t uid, struct buf *out, struct diag *d);

/* --- rounds -------------------------------------------------------------------------- */

/* Place what can be, end what has to.  Before the round of the other jobs. */
void gang_run(struct hub *h, bool all);
/* All is on disk: what could not be placed before, may be. */
void gang_flushed(struct hub *h);

/* --- at start --------------------------------------------------------------------------- */

/* The files of transactions, before those of jobs. */
int gang_recover(struct hub *h, const struct inbox_seen *seen, const struct timespec *since, struct diag *d);
/* A job's file says that it is a member.  0: of one that never was; -1: that cannot be told. */
int gang_knows(const struct hub *h, const struct job_record *r, struct diag *d);
/* A job that came into the table: it joins its transaction, if that goes on. */
void gang_join(struct hub *h, uint32_t job, const struct job_record *r);
/* When all jobs are known: make what is missing, take back what is ahead. */
int gang_finish(struct hub *h, struct diag *d);
void gang_free(struct hub *h);

#endif
