/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_group - the cgroup(s) of one job, of either version.
 *
 *	plan	looks where groups can be made; changes nothing
 *	make	makes them and sets the limits; on failure there are none
 *	fork	a child; enter: puts it inside, before it becomes the task
 *	kill	everything inside
 *	remove	after kill; also what the task made below
 *
 * Where: version 2 when it has all the controllers that the limits ask for
 * (in a hybrid system it has none, and is used for jobs without limits),
 * else version 1: its freezer, and those controllers.  Below LIMITS' `cgroup`
 * if given, else below our own cgroup; root that sits in the topmost one uses
 * "spool" below it.  An ordinary user can make groups only where an
 * administrator has allowed it: most have none, and get rlimits.
 *
 * The names come from the inode of JOBDIR and are written into
 * JOBDIR/started before the groups are made, so that whoever comes after a
 * shim that was killed finds them from wherever they are.
 */
#ifndef AGENT_SHIM_GROUP_H
#define AGENT_SHIM_GROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "diag.h"
#include "shim_job.h"

enum shim_controller { SHIM_FREEZER, SHIM_MEM, SHIM_CPU, SHIM_PIDS, SHIM_CONTROLLERS };

struct shim_group {
	int version;		/* 1, 2, or 0: none */
	char *dir[SHIM_CONTROLLERS];	/* absolute; NULL: not used.  Version 2: [0] only */
	bool topmost;		/* the parent is a "spool" of our own, and may have to be made */
	bool inside;		/* the child was born in it */
};

void shim_group_plan(struct shim_group *g, const struct shim_job *j);
/* `cgroup DIR` lines for JOBDIR/started, and back.  load takes only what is a
 * cgroup that could be the job's. */
void shim_group_describe(const struct shim_group *g, struct buf *out);
void shim_group_load(struct shim_group *g, const struct shim_job *j, const char *started);

int shim_group_make(struct shim_group *g, const struct shim_limits *l, struct diag *d);
/* As fork(2); the child calls enter() before it does anything else.  False: it
 * is not inside. */
pid_t shim_group_fork(struct shim_group *g);
bool shim_group_enter(const struct shim_group *g);

/* "cgroup-v1", "cgroup-v2" or "rlimit": what holds the memory if that is
 * limited, else what holds the processes together. */
const char *shim_group_word(const struct shim_group *g, const struct shim_limits *l);
bool shim_group_limits(const struct shim_group *g, enum shim_controller c);

/* How often the kernel killed for memory; the most bytes ever used (0: unknown). */
uint64_t shim_group_oom_kills(const struct shim_group *g);
uint64_t shim_group_peak(const struct shim_group *g);

/* SIGKILL for everything inside, without a gap for what forks. */
void shim_group_kill(const struct shim_group *g);
/* True: nothing is left of it. */
bool shim_group_remove(struct shim_group *g);
void shim_group_free(struct shim_group *g);

#endif
