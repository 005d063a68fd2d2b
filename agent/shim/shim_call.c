/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs of a runner that come to an end by themselves, soon.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim_child.h"
#include "shim_place.h"
#include "shim_run.h"

static const double prepare_patience = 3600;	/* an image may have to be fetched */
static const double cleanup_patience = 60;

unsigned shim_verbs(const char *list)
{
	return (shim_place_word(list, "prepare") ? SHIM_CAN_PREPARE : 0) |
	       (shim_place_word(list, "stop") ? SHIM_CAN_STOP : 0) |
	       (shim_place_word(list, "cleanup") ? SHIM_CAN_CLEANUP : 0);
}

/* Its exit status, or -1.  Ends it when the time is over, and, if it may be
 * stopped, when somebody wants the job to stop. */
static int wait_for(const struct shim_run *r, pid_t child, double seconds, bool may_stop)
{
	double end = shim_clock() + seconds;
	int status;
	pid_t got;

	while ((got = waitpid(-1, &status, WNOHANG)) != child) {
		if (got < 0 && errno == ECHILD)
			return -1;
		if (got > 0)
			continue;
		if (shim_clock() >= end || (may_stop && shim_stop_wanted(r->job))) {
			kill(-child, SIGKILL);
			shim_wait(0.1);
		} else {
			shim_wait(end - shim_clock());
		}
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int call(const struct shim_run *r, const char *verb, int out, double seconds,
		bool may_stop)
{
	struct shim_child c = { .runner = r->runner, .verb = verb, .out = out,
				.err = shim_log_fd() };
	double start = shim_clock();
	struct diag d;
	int status;
	pid_t pid = shim_child_start(&c, r->job, &d);

	if (pid < 0) {
		shim_log("%s", d.text);
		return -1;
	}
	status = wait_for(r, pid, seconds, may_stop);
	if (shim_clock() - start >= seconds)
		shim_log("%s did not end within %g s", verb, seconds);
	return status;
}

int shim_call(const struct shim_run *r, const char *verb, int out, double seconds)
{
	return call(r, verb, out, seconds, false);
}

bool shim_prepare(struct shim_run *r, struct shim_exit *e)
{
	int status;

	if (!(r->verbs & SHIM_CAN_PREPARE))
		return true;
	e->start = instant_now();
	status = call(r, "prepare", shim_log_fd(), prepare_patience, true);
	if (status == 0)
		return true;
	e->end = instant_now();
	if (shim_stop_wanted(r->job)) {
		e->signalled = true;
		e->code = SIGTERM;
		e->cause = SHIM_STOPPED;
		shim_exit_text(e, "stopped before it was started, by %s", shim_stop_by(r->job));
		return false;
	}
	e->code = status > 0 ? status : 1;
	e->cause = SHIM_SITE;
	shim_exit_text(e, "the runner could not prepare it");
	shim_exit_cause(r->job->dir, e);
	return false;
}

void shim_cleanup(struct shim_run *r)
{
	int status;

	if (!(r->verbs & SHIM_CAN_CLEANUP))
		return;
	status = shim_call(r, "cleanup", shim_log_fd(), cleanup_patience);
	if (status)
		shim_log("cleanup failed: exit status %d", status);
}
