/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "instant.h"

enum { SLICE_MS = 200 };

int exec_interrupted(void)
{
	sigset_t pending;

	return !sigpending(&pending) &&
	       (sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT));
}

/* What every child gets: see the header. */
static int start(char *const argv[], int in, int out, int err, pid_t *pid, struct diag *d)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, usual;
	int rc;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &usual);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETSID);
	posix_spawn_file_actions_init(&files);
	if (in < 0)
		posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&files, in, 0);
	if (out < 0)
		posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&files, out, 1);
	if (err < 0)
		posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&files, err, 2);
	rc = posix_spawnp(pid, argv[0], &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	if (!rc)
		return 0;
	errno = rc;
	return diag_errno(d, "cannot start %s", argv[0]);
}

int exec_start(char *const argv[], pid_t *pid, struct diag *d)
{
	return start(argv, -1, -1, -1, pid, d);
}

/* True: there may be more. */
static bool drain(int fd, struct buf *out)
{
	char chunk[4096];
	ssize_t n;

	do
		n = read(fd, chunk, sizeof chunk);
	while (n < 0 && errno == EINTR);
	if (n > 0 && out && out->len < EXEC_OUTPUT_MAX)
		buf_add(out, chunk, (size_t)n);
	return n > 0;
}

static int open_pipe(int p[2], struct diag *d)
{
	return pipe2(p, O_CLOEXEC) < 0 ? diag_errno(d, "cannot make a pipe") : 0;
}

static int reap(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

/* Read both pipes until both are closed.  0, or the errno to give up with. */
static int read_both(struct pollfd fds[2], struct buf *bufs[2], int64_t deadline)
{
	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (exec_interrupted())
			return EINTR;
		if (deadline && instant_steady_ms() >= deadline)
			return ETIMEDOUT;
		if (poll(fds, 2, SLICE_MS) < 0 && errno != EINTR)
			return errno;
		for (int i = 0; i < 2; i++)
			if (fds[i].fd >= 0 && fds[i].revents && !drain(fds[i].fd, bufs[i])) {
				close(fds[i].fd);
				fds[i].fd = -1;
			}
	}
	return 0;
}

/* It has been started: see it through. */
static int attend(const char *name, pid_t pid, struct pollfd fds[2], struct buf *bufs[2],
		  int seconds, int *status, struct diag *d)
{
	int bad = read_both(fds, bufs, seconds ? instant_steady_ms() + seconds * INT64_C(1000) : 0);

	if (bad)
		kill(-pid, SIGKILL);
	reap(pid, status);
	if (!bad)
		return 0;
	errno = bad;
	return diag_errno(d, "%s was stopped", name);
}

static int run(char *const argv[], int seconds, struct buf *out, struct buf *err, int *status,
	       struct diag *d)
{
	int a[2] = { -1, -1 }, b[2] = { -1, -1 }, rc = -1, saved;
	struct buf *bufs[] = { out, err };
	struct pollfd fds[2];
	pid_t pid = 0;

	if (open_pipe(a, d) < 0 || open_pipe(b, d) < 0)
		goto out;
	if (start(argv, -1, a[1], b[1], &pid, d) < 0)
		goto out;
	close(a[1]);
	close(b[1]);
	a[1] = b[1] = -1;
	fds[0] = (struct pollfd){ a[0], POLLIN, 0 };
	fds[1] = (struct pollfd){ b[0], POLLIN, 0 };
	rc = attend(argv[0], pid, fds, bufs, seconds, status, d);
	a[0] = fds[0].fd;
	b[0] = fds[1].fd;
out:
	saved = errno;
	for (int i = 0; i < 2; i++) {
		if (a[i] >= 0)
			close(a[i]);
		if (b[i] >= 0)
			close(b[i]);
	}
	errno = saved;
	return rc;
}

int exec_run(char *const argv[], int seconds, struct buf *out, struct buf *err, int *status,
	     struct diag *d)
{
	sigset_t stops, usual;
	int rc, saved;

	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGINT);
	/* Of this thread only: the others, if there are any, see to that themselves. */
	pthread_sigmask(SIG_BLOCK, &stops, &usual);
	rc = run(argv, seconds, out, err, status, d);
	saved = errno;
	pthread_sigmask(SIG_SETMASK, &usual, NULL);
	errno = saved;
	return rc;
}

/* --- one that waits for what it reads -------------------------------------- */

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int exec_call(char *const argv[], struct exec_call *c, struct diag *d)
{
	int in[2] = { -1, -1 }, err[2] = { -1, -1 }, rc = -1;

	*c = (struct exec_call)EXEC_CALL_NONE;
	c->name = argv[0];
	if (open_pipe(in, d) < 0 || open_pipe(err, d) < 0 ||
	    start(argv, in[0], -1, err[1], &c->pid, d) < 0)
		goto out;
	c->in = in[1];
	c->err = err[0];
	in[1] = err[0] = -1;
	rc = 0;
out:
	if (rc < 0)
		c->pid = 0;
	for (int i = 0; i < 2; i++) {
		close_one(&in[i]);
		close_one(&err[i]);
	}
	return rc;
}

void exec_say(struct exec_call *c, const char *text)
{
	/* One that does not read any more says why at its end. */
	(void)!write(c->in, text, strlen(text));
	close_one(&c->in);
}

int exec_end(struct exec_call *c, struct buf *err, int *status, struct diag *d)
{
	struct buf *bufs[] = { NULL, err };
	struct pollfd fds[2] = { { .fd = -1 }, { c->err, POLLIN, 0 } };
	int rc;

	close_one(&c->in);
	rc = attend(c->name, c->pid, fds, bufs, 0, status, d);
	if (fds[1].fd >= 0)
		close(fds[1].fd);
	*c = (struct exec_call)EXEC_CALL_NONE;
	return rc;
}

void exec_hang_up(struct exec_call *c)
{
	int status;

	if (c->pid) {
		kill(-c->pid, SIGKILL);
		reap(c->pid, &status);
	}
	close_one(&c->in);
	close_one(&c->err);
	c->pid = 0;
}

/* --- several at once ------------------------------------------------------ */

static void job_start(struct exec_job *j)
{
	int p[2];

	j->status = -1;
	j->pid = 0;
	j->fd = -1;
	j->error = 0;
	if (open_pipe(p, NULL) < 0) {
		j->error = errno;
		return;
	}
	if (start(j->argv, -1, p[1], -1, &j->pid, NULL) < 0) {
		j->error = errno;
		j->pid = 0;
	}
	close(p[1]);
	if (j->pid)
		j->fd = p[0];
	else
		close(p[0]);
}

static void job_end(struct exec_job *j, bool killed)
{
	if (!j->pid)
		return;
	if (killed)
		kill(-j->pid, SIGKILL);
	if (reap(j->pid, &j->status) < 0 || killed)
		j->status = -1;
	close(j->fd);
	j->fd = -1;
	j->pid = 0;
}

int exec_all(struct exec_job *jobs, int n, int seconds, struct diag *d)
{
	struct pollfd *fds = calloc((size_t)n + 1, sizeof *fds);
	int64_t deadline = instant_steady_ms() + seconds * INT64_C(1000);
	int open = 0;

	if (!fds)
		return diag_nomem(d);
	for (int i = 0; i < n; i++) {
		job_start(&jobs[i]);
		fds[i] = (struct pollfd){ jobs[i].fd, POLLIN, 0 };
		open += jobs[i].fd >= 0;
	}
	while (open && instant_steady_ms() < deadline && !exec_interrupted()) {
		if (poll(fds, (nfds_t)n, SLICE_MS) < 0 && errno != EINTR)
			break;
		for (int i = 0; i < n; i++)
			if (fds[i].fd >= 0 && fds[i].revents && !drain(fds[i].fd, &jobs[i].out)) {
				fds[i].fd = -1;
				open--;
			}
	}
	for (int i = 0; i < n; i++)
		job_end(&jobs[i], fds[i].fd >= 0);
	free(fds);
	return 0;
}
