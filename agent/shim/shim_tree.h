/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_tree - which processes belong to a job, where no cgroup knows it.
 *
 * While the shim lives it is the reaper of its whole tree (prctl(2),
 * PR_SET_CHILD_SUBREAPER): whatever double-forks becomes its child, so "all
 * descendants of the shim" misses nothing.  When it was killed, they are
 * init's, and known by SPOOL_JOBDIR=PATH in their environment.
 *
 * What is found may have ended, and may have forked, when it is used: callers
 * go round until nothing is found any more.
 */
#ifndef AGENT_SHIM_TREE_H
#define AGENT_SHIM_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct shim_pids {
	pid_t *pid;
	size_t n, cap;
};

void shim_pids_add(struct shim_pids *p, pid_t pid);
void shim_pids_free(struct shim_pids *p);

/* All descendants of root, without root; also zombies.  Reads all of /proc. */
void shim_tree_below(pid_t root, struct shim_pids *out);

/* The same from /proc/PID/task/TID/children: cheap, but what forks or ends in
 * that moment may be missed.  Good enough for measuring. */
void shim_tree_glance(pid_t root, struct shim_pids *out);

/* Those with SPOOL_JOBDIR=path in their environment, and their descendants;
 * never ourselves. */
void shim_tree_marked(const char *path, struct shim_pids *out);

/* Send sig to each; no such process is no error. */
void shim_pids_signal(const struct shim_pids *p, int sig);

/* Bytes in memory: the sum of what is resident, which counts shared pages many
 * times; exact: each page by its share (slow, and reads as much as allowed). */
uint64_t shim_pids_memory(const struct shim_pids *p, int exact);

#endif
