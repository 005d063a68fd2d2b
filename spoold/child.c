/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "hub.h"

pid_t child_fork(struct hub *h)
{
	pid_t parent = getpid(), pid = fork();
	sigset_t none;

	if (pid)
		return pid;
	/* A parent that was killed before this line is not seen by it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	if (h->spool.lock >= 0)
		close(h->spool.lock);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return 0;
}
