/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * life - the whole life of a small spool, from --init until all has ended.
 *
 * One hub and two sites; ten drops: a process, a Python program that leaves
 * a file, a job over a dataset of the hub, one that fails, one with results too
 * large for a message, one that runs for ever and is cancelled, one that nobody
 * can run, one that is no job, a transaction of two jobs, a reservation.
 * `spoold --once` and `spool-agent run` take
 * turns until nothing is left to do.  Nothing sleeps, no clock decides.
 *
 * The next thing to do is always found by looking, so a life goes on after a
 * kill, an error or a power cut as if nothing had been.  Each task appends
 * "NAME ATTEMPT" to TOP/effects, which belongs to the world outside.
 *
 *	TOP/bin runners		the programs, copied (they may be built anew meanwhile)
 *	TOP/disk/spool		the hub
 *	TOP/disk/north south	the sites' state
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

enum { LIFE_DROPS = 11, LIFE_SITES = 2 };

struct life_drop {
	const char *name;		/* of the job and, with .yaml, of the drop */
	const char *text;		/* TOP stands for the path */
	const char *end;		/* the phase it ends in; NULL: it is rejected */
	bool effect;			/* its task leaves a line in TOP/effects */
	const char *result, *content;	/* a file below results/ID/ and how it begins; NULL */
	int jobs;			/* of a transaction; else 0 */
	bool slot;			/* a reservation; end is the phase it stays in */
};

extern const struct life_drop life_drops[LIFE_DROPS];
extern const char *const life_sites[LIFE_SITES];

struct life;
/* As trace_hook; a verdict's error and length go into l->trace. */
typedef enum trace_verdict life_hook(struct life *l, struct trace_call *c, bool exit);

struct life {
	char top[PATH_MAX];
	const char *build;		/* where the programs come from */
	bool rsync;			/* the sites sync by rsync, not by the path */
	int sets;			/* of calls to stop at; 0: those that change files */
	life_hook *hook;		/* may be NULL */
	void *ctx;			/* the caller's */
	struct trace trace;
	bool dropped[LIFE_DROPS];
	bool cancelled;			/* the command was dropped */
	void (*on_drop)(struct life *l, const char *path);	/* may be NULL: told after each */
	void (*on_run)(struct life *l);	/* may be NULL: told after each program */
	int log;
	int runs;			/* programs started */
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
/* A few more passes, as after any end. */
void life_afterwards(struct life *l);
/* Look at the messages: none may have changed.  Done after each run. */
void life_note_mail(struct life *l);
/* This message had been visible before. */
void life_saw_message(struct life *l, const char *path, const char *text, size_t n);
void life_end(struct life *l);

/* Text of TOP/NAME; "" when it is not there.  The caller frees it. */
struct buf life_read(const struct life *l, const char *name);

#endif
