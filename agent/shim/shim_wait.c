/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the shim waits with: one sigtimedwait(2).  New names in JOBDIR (`stop`)
 * are told by dnotify, fcntl(2)'s F_NOTIFY: inotify would take one of the 128
 * instances that a user has for all their programs, for each running job.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "instant.h"
#include "shim_run.h"
#include "shim_tree.h"

static const double kill_patience = 30;		/* seconds for what cannot die */

static bool told_by_signal;

static void waited(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGIO);
}

void shim_run_prepare(const struct shim_job *j)
{
	sigset_t set;

	waited(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* Ignored, as nohup(1) leaves it, children would be reaped unseen. */
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* Refused (NFS): then `stop` is seen by looking every few seconds. */
	fcntl(j->dir, F_NOTIFY, DN_CREATE | DN_RENAME | DN_MULTISHOT);
}

double shim_clock(void)
{
	return (double)instant_ticks() / 1e6;
}

enum shim_wake shim_wait(double seconds)
{
	struct timespec t;
	sigset_t set;
	int sig;

	if (seconds < 0)
		seconds = 0;
	t.tv_sec = (time_t)seconds;
	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	waited(&set);
	sig = sigtimedwait(&set, NULL, &t);
	if (sig == SIGTERM || sig == SIGINT)
		told_by_signal = true;
	if (sig == SIGCHLD)
		return SHIM_CHILD;
	return sig < 0 ? SHIM_TIMEOUT : SHIM_TOLD;
}

bool shim_stop_file(const struct shim_job *j)
{
	return faccessat(j->dir, "stop", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool shim_stop_wanted(const struct shim_job *j)
{
	return told_by_signal || shim_stop_file(j);
}

const char *shim_stop_by(const struct shim_job *j)
{
	return shim_stop_file(j) ? "request" : "SIGTERM";
}

/* All that were given to us, or were ours.  False: no child is left. */
static bool reap(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
	return pid == 0 || errno != ECHILD;
}

/*
 * Nearly always nothing is left, and this costs two system calls.  No children
 * means no descendants: the orphans among them become our children.
 */
bool shim_kill_all(struct shim_group *g)
{
	double start = shim_clock(), pause = 0.001;
	struct shim_pids pids = { 0 };
	bool left = reap(), removed = shim_group_remove(g);

	while ((left || !removed) && shim_clock() - start < kill_patience) {
		shim_group_kill(g);
		if (left) {
			shim_tree_below(getpid(), &pids);
			shim_pids_signal(&pids, SIGSTOP);
			shim_tree_below(getpid(), &pids);
			shim_pids_signal(&pids, SIGKILL);
		}
		shim_wait(pause);
		pause = pause < 0.1 ? pause * 2 : 0.1;
		left = reap();
		removed = shim_group_remove(g);
	}
	shim_pids_free(&pids);
	return !left && removed;
}
