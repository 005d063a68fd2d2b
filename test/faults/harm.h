/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * harm - what all ways to harm a life share: which points, by how many workers.
 *
 * A way has points 0, 1, 2, ...; each is tried in a life of its own, in a
 * directory of its own.  All of them are tried, or a random sample: then the
 * seed is printed, and --seed tries the same again.
 */
#ifndef TEST_FAULTS_HARM_H
#define TEST_FAULTS_HARM_H

#include <stdint.h>

#include "judge.h"

struct harm_options {
	const struct life_kind *kind;
	const char *build;		/* the build tree */
	const char *program;		/* whom to harm: spoold, spool-agent, spool-shim */
	bool after;			/* kill: after the call, not before */
	int kills;			/* so many in a life: kill, the first included; power, after the cut */
	bool rsync, watch;		/* as in struct life */
	long only;			/* this point alone; -1 */
	long part, parts;		/* those only of which the number leaves `part`; 0: all */
	long sample;			/* so many; 0: all */
	uint64_t seed;
	int workers;
	bool each;			/* error: one error at each call site */
	bool calls;			/* error: one error at each call */
	bool verbose, keep;
};

/* The members of a struct life that the options tell. */
#define LIFE_OF(o) .kind = (o)->kind, .rsync = (o)->rsync, .watch = (o)->watch

struct harm {
	const struct harm_options *o;
	char dir[PATH_MAX];		/* this worker's */
	long point;			/* being tried */
	char what[6 * PATH_MAX];	/* what was done there; "": it was not reached */
	struct buf wrong;		/* what came of it; empty: nothing bad */
	struct buf notes;		/* said at the end, with --verbose */
};

typedef void harm_try(struct harm *h);

/* Try points [0, points), or a sample of them.  Prints what went wrong and a
 * last line with numbers; the exit status. */
int harm_all(const struct harm_options *o, const char *name, long points, harm_try *try);
/* A life below h->dir that has not begun; its path in top. */
void harm_top(struct harm *h, char top[PATH_MAX]);
/* Run, judge, end and remove a life that has begun. */
void harm_finish(struct harm *h, struct life *l, int flags);
/* "spoold, renameat .../a to .../b", behind what was done before. */
void harm_describe(struct harm *h, const struct life *l, const struct trace_call *c, const char *how);
/* Is this a call of the program that we harm, on a file of the life? */
bool harm_concerns(const struct harm *h, const struct life *l, const struct trace_call *c);

/* Does nothing to it. */
harm_try harm_not;

int kill_all(const struct harm_options *o);
int error_all(const struct harm_options *o);
int error_calls(const struct harm_options *o);
int full_all(const struct harm_options *o);
int power_all(const struct harm_options *o);

#endif
