/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_exit - JOBDIR/exit: how it ended.  Appears once, whole and on disk,
 * after everything that the task wrote is on disk too; never changed.
 *
 *	exit 0				or: signal 9
 *	cause job			whose doing it was, see enum shim_cause
 *	start 2026-11-22T03:00:00.123Z
 *	end 2026-11-22T03:00:01.377Z
 *	wall 1.254			seconds, by a clock that does not step
 *	user 0.830			seconds of CPU time, of all its processes
 *	system 0.110
 *	maxrss 12345678			bytes, of its largest process
 *	peak 23456789			bytes, of all together; only with cgroups
 *	limits cgroup-v2		what held it: cgroup-v1, cgroup-v2 or rlimit
 *	text WORDS			for people, to the end of the line
 */
#ifndef AGENT_SHIM_EXIT_H
#define AGENT_SHIM_EXIT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "instant.h"

enum shim_cause {
	SHIM_JOB,		/* ended by itself, well or badly */
	SHIM_SITE,		/* this machine, this runner, this agent */
	SHIM_WALLTIME,		/* longer than its walltime */
	SHIM_MEMORY,		/* more than its memory */
	SHIM_STOPPED,		/* somebody wanted it to stop */
};

struct shim_exit {
	bool signalled;
	int code;		/* exit status, or the signal's number */
	enum shim_cause cause;
	instant_t start, end;
	double wall, user, system;
	uint64_t maxrss, peak;	/* 0: unknown */
	const char *limits;	/* static */
	const char *boot;	/* of now: others flush; NULL: it is flushed here */
	char text[400];
};

/* One line of the above into *e.  True: it was one, and good.  start and end
 * are taken, so a runner that polls may tell them. */
bool shim_exit_line(struct shim_exit *e, const char *line);

/* `site WORDS` in JOBDIR/cause, which a runner may leave behind when it fails:
 * takes the place of cause and text. */
void shim_exit_cause(int dir, struct shim_exit *e);

/* From wait(2)'s status. */
void shim_exit_status(struct shim_exit *e, int status);

/* fmt is added to text, behind "; " when there is some already. */
void shim_exit_text(struct shim_exit *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Flush what the task wrote, then publish.  -1: EEXIST when there is one. */
int shim_exit_publish(int dir, const struct shim_exit *e, struct diag *d);

#endif
