/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * life - the whole life of a small spool, from --init until all has ended.
 *
 * One hub, two sites, and about ten drops; there are two kinds of life, see
 * life_kinds.c.  `spoold --once` and `spool-agent run` take turns until nothing
 * is left to do; or both stay, as `spoold` and `spool-agent watch`, and a turn
 * is over when all of them sleep.  No clock decides, but where an offer expires.
 *
 * The next thing to do is always found by looking, so a life goes on after a
 * kill, an error or a power cut as if nothing had been.  Each task appends
 * "NAME ATTEMPT" to TOP/effects, which belongs to the world outside.
 *
 *	TOP/bin runners		the programs, copied (they may be built anew meanwhile)
 *	TOP/disk/spool		the hub
 *	TOP/disk/north south	the sites' state
 *	TOP/disk/store		a store that both reach
 *	TOP/drops		what is still to be dropped
 *	TOP/log			what the programs said
 */
#ifndef TEST_FAULTS_LIFE_H
#define TEST_FAULTS_LIFE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "trace.h"

enum { LIFE_DROPS = 16, LIFE_SITES = 2 };

/* For a drop: that another's file lies in this directory of the spool; NULL: in
 * any of jobs/. */
struct life_when { const char *drop, *dir; };

struct life_drop {
	const char *name;		/* of the job and, with .yaml, of the drop */
	/* TOP stands for the path; ID for the id of what is waited for first, OFFER
	 * for the number of its first open offer. */
	const char *text;
	struct life_when when[2];	/* what it waits for */
	const char *to;			/* where to in the spool, if it is no drop */
	bool again;			/* each time that there are offers: the command accept */
	const char *end;		/* the phase it ends in; NULL: it makes nothing */
	bool wrong;			/* it is rejected */
	bool effect;			/* its task leaves a line in TOP/effects */
	const char *result, *content;	/* a file below results/ID/, and how it begins; NULL */
	const char *stored;		/* a file below TOP/disk/store/ with that content; NULL */
	int jobs;			/* of a transaction; else 0 */
	int tasks;			/* of an array; else 0 */
	bool slot;			/* a reservation */
};

struct life_kind {
	const char *name;
	const char *interval;		/* of its sites; NULL: as they like */
	struct life_drop drop[LIFE_DROPS];
	int drops;
};

extern const struct life_kind life_kinds[];
extern const char *const life_sites[LIFE_SITES];

/* By its name; NULL: there is none. */
const struct life_kind *life_kind_find(const char *name);

struct life;
/* As trace_hook; a verdict's error and length go into l->trace. */
typedef enum trace_verdict life_hook(struct life *l, struct trace_call *c, bool exit);

struct life {
	const struct life_kind *kind;	/* NULL: the first */
	char top[PATH_MAX];
	const char *build;		/* where the programs come from */
	bool rsync;			/* the sites sync by rsync, not by the path */
	bool watch;			/* spoold and the agents stay */
	int sets;			/* of calls to stop at; 0: those that change files */
	life_hook *hook;		/* may be NULL */
	void *ctx;			/* the caller's */
	struct trace trace;
	bool dropped[LIFE_DROPS];
	void (*on_drop)(struct life *l, const char *path);	/* may be NULL: told after each */
	void (*on_run)(struct life *l);	/* may be NULL: told after each program */
	int log;
	int runs;			/* programs started */
	pid_t stays[1 + LIFE_SITES];	/* the hub, the agents; 0: it is not there */
	bool resting;			/* they have been told to stop */
	struct buf trouble;		/* lines: what a program did that none should */
	struct life_mail *mail;		/* visible messages, as they were seen first */
	int mails, mail_room;
	bool forgiving;			/* programs may fail: a fault is being injected */
	struct buf groups;		/* paths of cgroups that were made, each with a NUL */
};

/* An empty TOP with programs, settings and drops; nothing has run. */
void life_begin(struct life *l, const char *top, const char *build);
/* Run until all has ended; false: it does not. */
bool life_run(struct life *l, double seconds);
/* A few more passes, as after any end; then nobody stays. */
void life_afterwards(struct life *l);
/* Stop those that stay. */
void life_rest(struct life *l);
/* Look at the messages: none may have changed.  Done after each run. */
void life_note_mail(struct life *l);
/* This message had been visible before. */
void life_saw_message(struct life *l, const char *path, const char *text, size_t n);
void life_end(struct life *l);

/* Text of TOP/NAME; "" when it is not there.  The caller frees it. */
struct buf life_read(const struct life *l, const char *name);
/* Where a drop goes to, below TOP/disk/. */
const char *life_target(const struct life_drop *d);

#endif
