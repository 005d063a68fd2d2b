/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A task that runs somewhere else, in a batch system: `start` hands it over,
 * `poll` asks about it, `stop` takes it back.  The shim may be killed, or told
 * to leave, and another one may go on asking: nothing dies with it.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "io.h"
#include "shim_run.h"

enum { ANSWER_MAX = 65536, FAILURES_MAX = 10, STOPS_MAX = 3 };

static const double call_patience = 60;	/* seconds for one call of the runner */
static const double stop_interval = 1;	/* ask more often while it is being stopped */

struct poll {
	struct shim_run *run;
	struct shim_exit *e;
	int failures;			/* in a row */
	int stops;			/* how often it was told */
	double stop_next;		/* when it is told again */
};

/* What `poll` printed when it said that the job has ended. */
static bool take_answer(struct poll *p, int fd)
{
	struct buf b = BUF_INIT;
	char *save = NULL;
	bool ended = false;

	if (lseek(fd, 0, SEEK_SET) == 0 && io_read_fd(fd, ANSWER_MAX, &b, NULL) == 0) {
		for (char *line = strtok_r(b.s, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			if (!shim_exit_line(p->e, line))
				shim_log("poll printed: %.200s", line);
			else
				ended |= !strncmp(line, "exit ", 5) || !strncmp(line, "signal ", 7);
		}
	}
	buf_free(&b);
	return ended;
}

static void site_failed(struct poll *p, const char *text, int status)
{
	p->e->cause = SHIM_SITE;
	p->e->code = status > 0 ? status : 1;
	shim_exit_text(p->e, "%s", text);
	shim_log("%s", text);
}

/* True: it has ended, one way or another. */
static bool ask(struct poll *p)
{
	int fd = memfd_create("poll", MFD_CLOEXEC);
	int status = fd < 0 ? -1 : shim_call(p->run, "poll", fd, call_patience);
	bool ended = status == 0 && take_answer(p, fd);

	if (fd >= 0)
		close(fd);
	if (ended)
		return true;
	if (status == EX_TEMPFAIL || status == EX_UNAVAILABLE) {
		p->failures = 0;
		return false;
	}
	shim_log("poll failed: exit status %d%s", status, status ? "" : " without `exit N`");
	if (++p->failures < FAILURES_MAX)
		return false;
	site_failed(p, "the runner cannot tell what became of the job", status);
	return true;
}

/* True: it does not answer to that, and is given up. */
static bool stop(struct poll *p)
{
	if (p->stops && shim_clock() < p->stop_next)
		return false;
	p->stop_next = shim_clock() + p->run->job->limits.grace;
	if (p->stops++ < STOPS_MAX) {
		shim_call(p->run, "stop", shim_log_fd(), call_patience);
		return false;
	}
	p->e->signalled = true;
	p->e->code = SIGTERM;
	shim_exit_text(p->e, "its end was not confirmed");
	return true;
}

/* False: told to leave. */
static bool follow(struct poll *p)
{
	double interval = p->run->interval;

	while (!ask(p)) {
		if (shim_stop_file(p->run->job)) {
			if (stop(p))
				break;
			if (interval > stop_interval)
				interval = stop_interval;
		} else if (shim_stop_wanted(p->run->job)) {
			return false;
		}
		/* Woken early by what the runner itself did: ask no more often. */
		for (double end = shim_clock() + interval; shim_clock() < end;)
			if (shim_wait(end - shim_clock()) == SHIM_TOLD &&
			    shim_stop_wanted(p->run->job) && !p->stops)
				break;
	}
	if (p->stops) {
		p->e->cause = SHIM_STOPPED;
		shim_exit_text(p->e, "stopped by request");
	}
	return true;
}

bool shim_poll(struct shim_run *r, struct shim_exit *e)
{
	struct poll p = { .run = r, .e = e };
	double start = shim_clock();
	int status;

	e->limits = "runner";
	e->start = instant_now();
	status = r->resume ? 0 : shim_call(r, "start", shim_log_fd(), call_patience);
	if (status) {
		site_failed(&p, "the runner could not hand the job over", status);
		shim_exit_cause(r->job->dir, e);
	} else if (!follow(&p)) {
		return false;
	}
	if (!e->end)
		e->end = instant_now();
	if (e->wall == 0)
		e->wall = r->resume || e->end < e->start ? (double)(e->end - e->start) / 1e6 :
			  shim_clock() - start;
	shim_kill_all(&r->group);
	return true;
}
