/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "background.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* how: 0, or LOCK_NB.  A holder that is done with its work removes its lock: who waited
 * for it, or opened it then, has nothing. */
static int take(int dir, const char *lock, int how)
{
	int fd = openat(dir, lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd >= 0 && flock(fd, LOCK_EX | how) < 0) {
		close(fd);
		errno = EWOULDBLOCK;
		return -1;
	}
	if (fd >= 0 && fstat(fd, &st) == 0 && !st.st_nlink) {
		close(fd);
		errno = ESTALE;
		return -1;
	}
	/* What an earlier holder said of itself. */
	if (fd >= 0 && ftruncate(fd, 0) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int background_hold(int dir, const char *lock, struct diag *d)
{
	int fd;

	do
		fd = take(dir, lock, 0);
	while (fd < 0 && errno == ESTALE);
	return fd < 0 ? diag_errno(d, "cannot lock %s", lock) : fd;
}

/* Who cannot say so cannot be stopped, and that is all. */
static void say_holder(int fd)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%d\n", (int)getpid());

	(void)!pwrite(fd, text, (size_t)n, 0);
}

static int private_fd = -1;

void background_private(int fd)
{
	private_fd = fd;
}

static void become_background(struct state *st)
{
	sigset_t none;

	setsid();
	state_forget_lock(st);
	if (private_fd >= 0)
		close(private_fd);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Whoever waits for the end of our standard output is not to wait for this. */
	for (int fd = 0; fd <= 2; fd++) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (null >= 0 && null != fd) {
			dup2(null, fd);
			close(null);
		}
	}
}

int background_start(struct state *st, int dir, const char *lock, background_work *work,
		     void *ctx, pid_t *pid, struct diag *d)
{
	int fd = take(dir, lock, LOCK_NB);

	if (fd < 0)
		return errno == EWOULDBLOCK || errno == ESTALE ? 0 : diag_errno(d, "cannot lock %s", lock);
	*pid = fork();
	if (*pid == 0) {
		become_background(st);
		say_holder(fd);
		_exit(work(ctx));
	}
	close(fd);
	if (*pid < 0)
		return diag_errno(d, "cannot fork");
	return 1;
}

/* Who holds the lock; 0: nobody, or it has not said so yet. */
static pid_t holder(int fd)
{
	char text[16] = "";

	if (flock(fd, LOCK_EX | LOCK_NB) == 0 || pread(fd, text, sizeof text - 1, 0) <= 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

/* It is the same process as long as it holds the lock: so asked before and after. */
bool background_stop(int dir, const char *lock)
{
	int fd = openat(dir, lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), pidfd = -1;
	pid_t pid = fd < 0 ? 0 : holder(fd);
	bool told = false;

	if (pid > 0)
		pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd >= 0) {
		told = holder(fd) == pid && !syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
		close(pidfd);
	}
	if (fd >= 0)
		close(fd);
	return told;
}

bool background_busy(int dir, const char *lock)
{
	int fd = openat(dir, lock, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool busy;

	if (fd < 0)
		return false;
	busy = flock(fd, LOCK_EX | LOCK_NB) < 0;
	close(fd);
	return busy;
}

bool background_wait(pid_t pid, int ms, int *status)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { fd, POLLIN, 0 };

	if (fd >= 0) {
		poll(&p, 1, ms);
		close(fd);
	}
	return waitpid(pid, status, WNOHANG) == pid;
}
