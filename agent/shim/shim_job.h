/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_job - a job directory as the agent made it, read by its shim.
 *
 * JOBDIR/limits and JOBDIR/env are plain text so that no parser has to be
 * linked or started for each job; spool-shim(8) describes the directory.
 */
#ifndef AGENT_SHIM_JOB_H
#define AGENT_SHIM_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"

struct shim_limits {
	double walltime;	/* seconds; 0: none */
	double grace;		/* seconds between SIGTERM and SIGKILL */
	uint64_t memory;	/* bytes; 0: none */
	double cores;		/* 0: none */
	uint64_t pids;		/* processes and threads; 0: none */
	char cgroup[4096];	/* a cgroup that may be used, or "" */
	char boot[64];		/* it is not to be started in another one; see boot.h */
};

struct shim_job {
	int dir;		/* JOBDIR */
	char path[4096];	/* the same, absolute, without symbolic links */
	struct shim_limits limits;
	struct buf env;		/* NAME=VALUE, each with its NUL */
	char **envp;		/* into env and our own environment */
};

#define SHIM_JOB_INIT { .dir = -1, .env = BUF_INIT }

/* Open JOBDIR and know its name. */
int shim_job_open(struct shim_job *j, const char *path, struct diag *d);
/* Read limits and env; a file that is not there means none. */
int shim_job_read(struct shim_job *j, struct diag *d);
void shim_job_close(struct shim_job *j);

/* Parse the text of a limits file.  Lines with an unknown first word are left
 * to later versions; a known one with a bad value is an error. */
int shim_limits_parse(struct shim_limits *l, const char *text, struct diag *d);

/* Standard error becomes JOBDIR/shim.log, as soon as there is something to say:
 * most jobs need no such file. */
void shim_log_to(const struct shim_job *j);
/* The descriptor for others who may have something to say. */
int shim_log_fd(void);
/* One line, with the time. */
void shim_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
