/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hub - what spoold holds in memory, and the order in which it acts.
 *
 * Everything here can be rebuilt from the spool (recover.c); memory only
 * saves looking.  Each table is told of in the header of the module that keeps
 * it; those headers know of `struct hub` that it exists, and no more.  One turn
 * of the main loop:
 *
 *	inbox_take()	drops become jobs, commands, or rejections
 *	mail_take()	what the sites said changes jobs; large payload is left to
 *			children (payload.h), and its site waits for them
 *	round_run()	pending jobs are assigned to sites
 *	hub_commit()	one flush; then, and only then, anybody outside is told
 *
 * hub_commit() keeps the order that the design asks for:
 *  1. job files are written, appended, renamed (by the steps above);
 *  2. syncfs(2): all of that is on disk, and drops may leave inbox/;
 *  3. outgoing messages are written under hidden names;
 *  4. syncfs(2), if there are any;
 *  5. the messages are shown.
 * So a hidden message that is whole tells of nothing that could be missing, and
 * a crash between 4 and 5, or a power cut that takes the rename back when the
 * site has read the message already, ends with the same message being shown.
 * When a flush fails nothing is shown.  It cannot be tried again: the kernel
 * forgets what it could not write, and the next flush would say that all is
 * well.  So the process ends, and the next one looks at what the disk has.
 */
#ifndef SPOOLD_HUB_H
#define SPOOLD_HUB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "accounts.h"
#include "after.h"
#include "arrays.h"
#include "catalogue.h"
#include "config.h"
#include "facts.h"
#include "flush_mark.h"
#include "fresh.h"
#include "gang.h"
#include "job.h"
#include "learned.h"
#include "leave.h"
#include "lifetime.h"
#include "names.h"
#include "offers.h"
#include "plan/match.h"
#include "queue.h"
#include "reserved.h"
#include "round_plan.h"
#include "shapes.h"
#include "site_table.h"
#include "site_time.h"
#include "spool.h"
#include "sums.h"

struct hub_count {
	uint64_t drops, rejected, commands, assigned, completed, failed, cancelled, expired;
	uint64_t messages_in, messages_out, refused_reports, flushes, errors, overflows, archived;
	uint64_t promises_broken;
};

struct hub {
	struct spool spool;
	struct config config;
	struct jobs jobs;
	struct shapes shapes;
	struct sites sites;
	struct lanes lanes;
	struct accounts accounts;
	struct sums sums;
	struct names names;
	struct afters afters;
	struct arrays arrays;
	struct job_list on_hold;	/* pending jobs that wait for a `release` */
	struct job_list aside;		/* pending jobs that wait for something else than a site */
	struct catalogue catalogue;
	struct facts facts;
	struct learned learned;
	struct offers offers;
	struct lifetimes lifetimes;
	struct reservations reservations;
	struct plans plans;
	struct gangs gangs;
	struct broken *broken;		/* to be settled: site_time.h */
	uint32_t brokens, broken_cap;
	/* A reservation lost this entry on a site's timeline; NULL: there are none. */
	void (*reserved_broken)(struct hub *h, uint16_t site, uint32_t index,
				const struct timeline_entry *e, const char *why);
	struct fresh *fresh;
	uint32_t freshes, fresh_cap;
	struct leaving *leaving;
	uint32_t leavings, leaving_cap;
	struct leave leave;
	bool inbox_watched;		/* a watch on it was asked for */
	bool unflushed;			/* the spool was changed since the last flush */
	bool replan;			/* something changed for jobs of any kind */
	bool flush_failed;		/* nobody knows what is on disk: to be started again */
	struct flush_mark mark;
	int64_t started;		/* instant */
	int64_t now;			/* taken once a turn */
	int64_t ticks;			/* the same by instant_ticks(): for ages */
	pid_t measuring;		/* child that reads a dataset; 0: none */
	uint64_t payload_queue;		/* the last place given in it: payload.h */
	struct measure_try tried[MEASURE_TRIES];
	uint32_t tries;			/* so many: a ring */
	int64_t retry_at;		/* after an error of the disk; 0: none */
	char command[80];		/* the mark of its drop, while one is carried out; said.h */
	struct hub_count count;
	struct auth_check *checks;	/* of identities; see auth_check.h */
	struct memo *memo;		/* requests seen lately; see memo.h */
};

/* flags as in spool.h.  The spool is open and config.yaml read; nothing is loaded yet. */
int hub_open(struct hub *h, const char *path, int flags, struct diag *d);
void hub_close(struct hub *h);
/* Flush and tell.  -1: an error was logged, and everything will be tried again. */
int hub_commit(struct hub *h);
/* 0: all that was written is on disk; -1: nobody knows what is.  Nothing becomes
 * visible by it, so it may be done at any time. */
int hub_flush(struct hub *h);
/* To standard error, with the time. */
void hub_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* An operation of the disk failed: log, count, try again in a second. */
void hub_trouble(struct hub *h, const char *what, const struct diag *d);
/* The same for what concerns one site's mailbox: log and count.  Only this site
 * waits, until something happens there or the next look at everything. */
void hub_site_trouble(struct hub *h, struct site *s, int kind, const char *what, const struct diag *d);

#endif
