/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_run - supervise one job: the task runs below us (run), or somewhere else
 * and the runner is asked about it (poll).
 *
 * Both fill *e and leave no process and no cgroup behind.
 * The caller has made JOBDIR/started, is in a session of its own, and has
 * called shim_run_prepare().
 */
#ifndef AGENT_SHIM_RUN_H
#define AGENT_SHIM_RUN_H

#include "shim_exit.h"
#include "shim_group.h"
#include "shim_job.h"

/* Verbs that a runner may know beside `start`; `poll` goes without saying. */
enum { SHIM_CAN_PREPARE = 1, SHIM_CAN_STOP = 2, SHIM_CAN_CLEANUP = 4 };

struct shim_run {
	struct shim_job *job;
	const char *runner;	/* absolute */
	struct shim_group group;
	unsigned verbs;		/* SHIM_CAN_* */
	double interval;	/* poll: seconds between two questions */
	bool resume;		/* poll: it was submitted by a shim before us */
};

/* Block the signals that are waited for, become the reaper of the tree, and be
 * told of new names in JOBDIR. */
void shim_run_prepare(const struct shim_job *j);

void shim_run(struct shim_run *r, struct shim_exit *e);
/* False: we were told to leave by SIGTERM, and the job goes on without us. */
bool shim_poll(struct shim_run *r, struct shim_exit *e);

/* `prepare`, if the runner knows it.  False: the job has ended with that, *e says
 * how.  `cleanup` again does no harm, and its failure is no failure of the job. */
bool shim_prepare(struct shim_run *r, struct shim_exit *e);
void shim_cleanup(struct shim_run *r);
/* Run `RUNNER VERB JOBDIR` to its end, at most that many seconds.  out: a
 * descriptor for its standard output; its errors go to our log.  Its exit
 * status, or -1 when it has none. */
int shim_call(const struct shim_run *r, const char *verb, int out, double seconds);
/* From a list of verbs, as a runner's probe prints it. */
unsigned shim_verbs(const char *list);

/* What both need: */

enum shim_wake { SHIM_TIMEOUT, SHIM_CHILD, SHIM_TOLD };
/* Sleep until a child ended, SIGTERM came or a name appeared, or seconds passed. */
enum shim_wake shim_wait(double seconds);
/* Does somebody want it to stop: JOBDIR/stop, or SIGTERM?  And which? */
bool shim_stop_wanted(const struct shim_job *j);
bool shim_stop_file(const struct shim_job *j);
const char *shim_stop_by(const struct shim_job *j);
/* A clock that does not step, and counts while the machine sleeps. */
double shim_clock(void);
/* SIGKILL for every descendant and everything in the group, until none is
 * left; false: something cannot be killed. */
bool shim_kill_all(struct shim_group *g);

#endif
