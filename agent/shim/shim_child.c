/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim_process.h"

/* What the child tells before it becomes the runner; nothing when it does. */
struct failure {
	int err;
	char what[40];
};

/* What a caller in cron, nohup(1) or Python had ignored, the task must not. */
static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig <= SIGSYS; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Never raises anything: without privileges that is refused. */
static void lower(int resource, double value)
{
	struct rlimit r;

	if (getrlimit(resource, &r) < 0 || (r.rlim_max != RLIM_INFINITY && r.rlim_max <= value))
		return;
	r.rlim_cur = r.rlim_max = value < 1 ? 1 : (rlim_t)value;
	setrlimit(resource, &r);
}

/*
 * Where no cgroup limits the memory: RLIMIT_DATA, for each process (the shim
 * measures all together).  Not RLIMIT_AS: many runtimes reserve address space
 * that they never touch.  RLIMIT_CPU is for the time after a killed shim.
 */
static void set_rlimits(const struct shim_child *c, const struct shim_limits *l)
{
	double cores = l->cores > 1 ? l->cores : 1;

	if (l->memory && !(c->group && shim_group_limits(c->group, SHIM_MEM)))
		lower(RLIMIT_DATA, (double)l->memory);
	if (l->walltime > 0)
		lower(RLIMIT_CPU, (l->walltime + l->grace) * cores + 2);
}

static int onto(int from, int to)
{
	/* dup2() of a descriptor onto itself would leave it close-on-exec. */
	return from == to ? fcntl(to, F_SETFD, 0) : dup2(from, to);
}

static void die(int pipe, const char *what)
{
	struct failure f = { .err = errno };

	snprintf(f.what, sizeof(f.what), "%s", what);
	if (write(pipe, &f, sizeof(f)) < 0)
		_exit(126);
	_exit(127);
}

static void become(const struct shim_child *c, const struct shim_job *j, int pipe, pid_t shim)
{
	char *argv[] = { (char *)c->runner, (char *)c->verb, (char *)j->path, NULL };
	bool ours = !strcmp(c->verb, "start") && shim_process_is(c->runner);
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != shim)
		_exit(127);
	if (c->group && !shim_group_enter(c->group))
		die(pipe, "cannot enter the cgroup");
	setpgid(0, 0);
	reset_signals();
	if (fchdir(j->dir) < 0 || chdir("work") < 0)
		die(pipe, "work");
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || onto(null, 0) < 0 || onto(c->out, 1) < 0 || onto(c->err, 2) < 0)
		die(pipe, "standard input and output");
	if (c->limited)
		set_rlimits(c, &j->limits);
	if (ours) {
		environ = j->envp;
		_exit(shim_process_start(c->runner, j->path));
	}
	execve(c->runner, argv, j->envp);
	die(pipe, c->verb);
}

pid_t shim_child_start(const struct shim_child *c, const struct shim_job *j, struct diag *d)
{
	struct failure f;
	pid_t shim = getpid(), pid;
	ssize_t got;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return diag_errno(d, "cannot make a pipe");
	pid = c->group ? shim_group_fork(c->group) : fork();
	if (pid == 0)
		become(c, j, fd[1], shim);
	close(fd[1]);
	if (pid < 0) {
		diag_errno(d, "cannot fork");
		close(fd[0]);
		return -1;
	}
	do
		got = read(fd[0], &f, sizeof(f));
	while (got < 0 && errno == EINTR);
	close(fd[0]);
	if (got <= 0)
		return pid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	errno = f.err;
	return diag_errno(d, "cannot run %s: %.40s", c->runner, f.what);
}
