/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim_child.h"
#include "shim_tree.h"

static const double look = 5;		/* seconds between two looks for `stop` */
static const double measure = 1;	/* between two looks at the memory, without cgroup */

struct task {
	struct shim_run *run;
	struct shim_exit *e;
	pid_t pid;			/* 0: it has ended */
	int status;
	double start;			/* shim_clock() */
	bool stopping;
	double kill_at;			/* when stopping: SIGKILL */
	bool watch_memory;		/* no cgroup does it */
	uint64_t most;			/* bytes seen by that */
};

/* --- start ------------------------------------------------------------------ */

static int open_output(const struct shim_job *j, const char *name)
{
	return openat(j->dir, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
}

static int start(struct task *t, struct diag *d)
{
	struct shim_run *r = t->run;
	struct shim_child c = {
		.runner = r->runner, .verb = "start", .group = &r->group, .limited = true,
	};

	c.out = open_output(r->job, "stdout");
	c.err = open_output(r->job, "stderr");
	if (c.out < 0 || c.err < 0)
		diag_errno(d, "cannot make stdout and stderr");
	else
		t->pid = shim_child_start(&c, r->job, d);
	if (c.out >= 0)
		close(c.out);
	if (c.err >= 0)
		close(c.err);
	return t->pid > 0 ? 0 : -1;
}

/*
 * A cgroup that cannot be had is no reason not to run; nor is one that cannot be
 * entered, where an administrator gave away too little.  No runner ran when
 * start() failed, so it may be called again.
 */
static int start_limited(struct task *t, struct diag *d)
{
	struct shim_run *r = t->run;

	if (shim_group_make(&r->group, &r->job->limits, d) < 0)
		shim_log("no cgroup, rlimits instead: %s", d->text);
	if (start(t, d) == 0)
		return 0;
	if (!r->group.version)
		return -1;
	shim_log("without a cgroup, for: %s", d->text);
	shim_group_remove(&r->group);
	shim_group_free(&r->group);
	return start(t, d);
}

/* --- stop --------------------------------------------------------------------- */

/* Its own group, and everything else below us. */
static void signal_all(struct task *t, int sig)
{
	struct shim_pids pids = { 0 };

	kill(-t->pid, sig);
	shim_tree_below(getpid(), &pids);
	for (size_t i = 0; i < pids.n; i++)
		if (getpgid(pids.pid[i]) != t->pid)
			kill(pids.pid[i], sig);
	shim_pids_free(&pids);
}

static bool call_stop(struct task *t)
{
	struct shim_child c = {
		.runner = t->run->runner, .verb = "stop", .out = shim_log_fd(),
		.err = shim_log_fd(),
	};
	struct diag d;

	if (shim_child_start(&c, t->run->job, &d) > 0)
		return true;
	shim_log("%s", d.text);
	return false;
}

/* The runner may know better how to end its task than by SIGTERM. */
static void ask_to_end(struct task *t)
{
	if (!(t->run->verbs & SHIM_CAN_STOP) || !call_stop(t))
		signal_all(t, SIGTERM);
}

static void stop(struct task *t, enum shim_cause cause, double grace)
{
	t->stopping = true;
	t->kill_at = shim_clock() + grace;
	t->e->cause = cause;
	if (grace > 0)
		ask_to_end(t);
}

/* --- what may go wrong while it runs ---------------------------------------------- */

/*
 * The sum of what is resident counts what is shared once for each process, so
 * it is only a reason to count exactly.
 */
static bool too_large(struct task *t)
{
	struct shim_pids pids = { 0 };
	uint64_t limit = t->run->job->limits.memory, used;

	shim_tree_glance(getpid(), &pids);
	used = shim_pids_memory(&pids, 0);
	if (used > limit)
		used = shim_pids_memory(&pids, 1);
	if (used > t->most)
		t->most = used;
	shim_pids_free(&pids);
	return used > limit;
}

static void check(struct task *t)
{
	const struct shim_limits *l = &t->run->job->limits;
	double ran = shim_clock() - t->start;

	if (t->stopping) {
		/* Below. */
	} else if (shim_stop_wanted(t->run->job)) {
		shim_exit_text(t->e, "stopped after %.1f s by %s", ran, shim_stop_by(t->run->job));
		stop(t, SHIM_STOPPED, l->grace);
	} else if (l->walltime > 0 && ran >= l->walltime) {
		shim_exit_text(t->e, "ran longer than its walltime of %g s", l->walltime);
		stop(t, SHIM_WALLTIME, l->grace);
	} else if (t->watch_memory && too_large(t)) {
		shim_exit_text(t->e, "used %llu bytes of memory, %llu were allowed",
			       (unsigned long long)t->most, (unsigned long long)l->memory);
		stop(t, SHIM_MEMORY, 0);
	}
	if (t->stopping && shim_clock() >= t->kill_at)
		signal_all(t, SIGKILL);
}

static double earlier(double a, double b)
{
	return a < b ? a : b;
}

static double next_look(const struct task *t)
{
	const struct shim_limits *l = &t->run->job->limits;
	double now = shim_clock();
	double wait = t->watch_memory ? measure : look;

	if (t->stopping)	/* past it: something resists, try again */
		return t->kill_at > now ? t->kill_at - now : 0.1;
	if (l->walltime > 0)
		wait = earlier(wait, t->start + l->walltime - now);
	return wait;
}

/* Every child is reaped; ours ends the job. */
static void reap(struct task *t)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != t->pid)
			continue;
		t->status = status;
		t->pid = 0;
		return;
	}
}

static void supervise(struct task *t)
{
	for (;;) {
		reap(t);
		if (!t->pid)
			return;
		check(t);
		shim_wait(next_look(t));
	}
}

/* --- the end ----------------------------------------------------------------------- */

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* All our children, and what they had waited for: the whole tree. */
static void usage(const struct task *t)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	t->e->user = seconds(u.ru_utime);
	t->e->system = seconds(u.ru_stime);
	t->e->maxrss = (uint64_t)u.ru_maxrss * 1024;
}

/* The kernel killed something for memory, and the job did not survive that. */
static void judge(struct task *t)
{
	const struct shim_limits *l = &t->run->job->limits;
	struct shim_exit *e = t->e;

	shim_exit_status(e, t->status);
	e->peak = shim_group_peak(&t->run->group);
	if (e->cause == SHIM_JOB && (e->signalled || e->code) &&
	    shim_group_oom_kills(&t->run->group)) {
		e->cause = SHIM_MEMORY;
		shim_exit_text(e, "killed by the kernel: more than %llu bytes of memory",
			       (unsigned long long)l->memory);
	} else if (e->cause == SHIM_JOB && t->watch_memory && (e->signalled || e->code)) {
		shim_exit_text(e, "each process was limited to %llu bytes of data",
			       (unsigned long long)l->memory);
	}
	if (e->cause == SHIM_JOB && (e->signalled || e->code))
		shim_exit_cause(t->run->job->dir, e);
}

static void not_started(struct task *t, const char *why)
{
	t->e->cause = SHIM_SITE;
	t->e->code = 127;
	shim_exit_text(t->e, "%s", why);
	shim_log("%s", why);
}

void shim_run(struct shim_run *r, struct shim_exit *e)
{
	struct task t = { .run = r, .e = e };
	struct diag d = DIAG_INIT;

	e->start = instant_now();
	t.start = shim_clock();
	if (start_limited(&t, &d) < 0) {
		e->limits = "rlimit";
		not_started(&t, d.text);
	} else {
		e->limits = shim_group_word(&r->group, &r->job->limits);
		t.watch_memory = r->job->limits.memory && !shim_group_limits(&r->group, SHIM_MEM);
		supervise(&t);
		judge(&t);
	}
	e->end = instant_now();
	e->wall = shim_clock() - t.start;
	if (!shim_kill_all(&r->group))
		shim_exit_text(e, "some of its processes cannot be killed");
	usage(&t);
}
