/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tend.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "background.h"
#include "instant.h"
#include "pass.h"
#include "schedule.h"
#include "exec.h"

enum {
	POLLED_MAX = 1024,
	NAP_MS = 1000,			/* data on its way */
	LONG_NAP_MS = 60000,		/* a shim whose end we were not told of */
	BUSY_MS = 100,			/* a pass is going on */
	GATHER_MS = 20,			/* ends come together */
};

void tend_start(struct agent *a)
{
	const struct attempt_list *in = a->held.in;
	char *argv[] = { "/proc/self/exe", "-c", (char *)a->set->path, "tend", NULL };
	struct diag d = DIAG_INIT;
	pid_t pid;

	if (!tend_soon(a) && !in[ATTEMPT_PREPARING].count && !in[ATTEMPT_COLLECTING].count &&
	    !(in[ATTEMPT_WAITING].count && in[ATTEMPT_RUNNING].count) &&
	    !(in[ATTEMPT_READY].count && in[ATTEMPT_RUNNING].count))
		return;
	if (!background_busy(a->st.root, "tend.lock") && exec_start(argv, &pid, &d) < 0)
		log_diag(&a->log, "cannot tend what waits", &d);
}

/* Whose start comes before the next pass surely has been, waits for it here. */
bool tend_soon(const struct agent *a)
{
	int64_t start = schedule_next(a);

	return start != INT64_MAX && start - instant_now() <= 2 * a->set->interval + MINUTE_US;
}

static int until_start(const struct agent *a, int ms)
{
	int64_t start = schedule_next(a), left = start == INT64_MAX ? INT64_MAX : (start - instant_now()) / 1000 + 1;

	return left < ms ? (int)(left > 0 ? left : 0) : ms;
}

bool tend_there(const char *state)
{
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool there = dir >= 0 && background_busy(dir, "tend.lock");

	if (dir >= 0)
		close(dir);
	return there;
}

/* --- its own process ------------------------------------------------------------ */

/* The shims that run now, as descriptors that become readable when they end. */
static int open_pidfds(const struct agent *a, struct pollfd fds[POLLED_MAX])
{
	int n = 0;

	for (const struct attempt *at = a->held.in[ATTEMPT_RUNNING].first; at && n < POLLED_MAX;
	     at = at->next) {
		int fd = at->pid > 0 ? (int)syscall(SYS_pidfd_open, at->pid, 0) : -1;

		if (fd >= 0)
			fds[n++] = (struct pollfd){ fd, POLLIN, 0 };
	}
	return n;
}

static void wait_for_end(struct pollfd *fds, int n, int ms)
{
	if (poll(fds, (nfds_t)n, ms) > 0)
		usleep(GATHER_MS * 1000);
	for (int i = 0; i < n; i++)
		close(fds[i].fd);
}

/* One look.  True: there is more to wait for. */
static bool look(const struct settings *set)
{
	struct pollfd fds[POLLED_MAX];
	struct diag d = DIAG_INIT;
	struct agent a;
	int got = agent_open(&a, set, false, &d), n, ms;
	bool more;

	if (got == 0)
		usleep(BUSY_MS * 1000);
	if (got <= 0)
		return got == 0;
	more = pass_local(&a);
	n = open_pidfds(&a, fds);
	ms = a.held.in[ATTEMPT_PREPARING].count || a.held.in[ATTEMPT_COLLECTING].count ||
	     n < (int)a.held.in[ATTEMPT_RUNNING].count ? NAP_MS : LONG_NAP_MS;
	ms = until_start(&a, ms);
	agent_close(&a);
	if (!more)
		ms = 0;
	wait_for_end(fds, n, ms);
	return more;
}

int tend(const struct settings *set)
{
	int dir = open(set->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int lock = dir < 0 ? -1 : openat(dir, "tend.lock",
					 O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (dir >= 0)
		close(dir);
	if (lock < 0)
		return EX_CANTCREAT;
	background_private(lock);
	if (flock(lock, LOCK_EX | LOCK_NB) == 0)
		while (look(set))
			;
	close(lock);
	return EX_OK;
}
