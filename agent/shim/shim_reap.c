/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_reap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "shim_exit.h"
#include "shim_group.h"
#include "shim_run.h"
#include "shim_started.h"
#include "shim_tree.h"

static const double patience = 30;	/* seconds, for what does not want to die */
static const double call_patience = 60;	/* for one call of the runner */

static bool line_is(const char *text, const char *word, const char *value)
{
	size_t len;
	const char *s = shim_started_line(text, NULL, word, &len);

	return s && len == strlen(value) && !memcmp(s, value, len);
}

static instant_t started_at(const char *text)
{
	size_t len;
	const char *s = shim_started_line(text, NULL, "time", &len);
	instant_t t;

	return s && instant_parse(s, len, &t, NULL) == 0 ? t : instant_now();
}

/* Our children are not among them: they are init's now, and nobody tells us
 * when they have ended. */
static bool kill_left(struct shim_job *j, struct shim_group *g)
{
	double start = shim_clock(), pause = 0.001;
	struct shim_pids pids = { 0 };
	bool left, removed = false;

	for (;;) {
		if (!removed)
			shim_group_kill(g);
		shim_tree_marked(j->path, &pids);
		shim_pids_signal(&pids, SIGKILL);
		left = pids.n > 0;
		removed = shim_group_remove(g);
		if ((!left && removed) || shim_clock() - start > patience)
			break;
		shim_wait(pause);
		pause = pause < 0.1 ? pause * 2 : 0.1;
	}
	shim_pids_free(&pids);
	return !left && removed;
}

/* What the runner has set going or made elsewhere, only it can undo. */
static void ask_runner(struct shim_job *j, const char *runner, const char *started)
{
	struct shim_run r = { .job = j, .runner = runner };
	size_t len;
	const char *verbs = shim_started_line(started, NULL, "verbs", &len);
	char *list = verbs ? strndup(verbs, len) : NULL;
	int status = 0;

	if (line_is(started, "mode", "poll"))
		status = shim_call(&r, "stop", shim_log_fd(), call_patience);
	if (status)
		shim_log("stop failed: exit status %d", status);
	r.verbs = list ? shim_verbs(list) : 0;
	shim_cleanup(&r);
	free(list);
}

static int publish(struct shim_job *j, const char *started, bool killed, struct diag *d)
{
	struct shim_exit e = {
		.signalled = true, .code = SIGKILL, .cause = SHIM_SITE, .limits = "none",
		.start = started_at(started), .end = instant_now(),
	};

	if (e.end > e.start)
		e.wall = (double)(e.end - e.start) / 1e6;
	shim_exit_text(&e, "supervisor died");
	if (!killed)
		shim_exit_text(&e, "some of its processes cannot be killed");
	return shim_exit_publish(j->dir, &e, d);
}

int shim_reap(struct shim_job *j, const char *runner, struct diag *d)
{
	struct buf started = BUF_INIT;
	struct shim_group group;
	bool killed;
	int fd, there, rc = 0;

	fd = shim_started_take(j->dir, d);
	if (fd < 0)
		return -1;
	if (shim_started_read(j->dir, &started, d) < 0) {
		close(fd);
		return -1;
	}
	shim_group_load(&group, j, started.s);
	killed = kill_left(j, &group);
	there = io_there(j->dir, "exit", d);
	if (there < 0) {
		rc = -1;
	} else if (!there) {
		if (runner)
			ask_runner(j, runner, started.s);
		rc = publish(j, started.s, killed, d);
	}
	shim_group_free(&group);
	buf_free(&started);
	/* Whatever has come to the lock with us has the same to say. */
	close(fd);
	return rc;
}
