/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ended.h"
#include "held.h"
#include "instant.h"
#include "io.h"
#include "jobdir.h"
#include "loop.h"
#include "room.h"
#include "schedule.h"
#include "shim_started.h"
#include "exec.h"
#include "stage.h"

enum {
	AHEAD_MIN = 8, AHEAD_MAX = 64,	/* directories made ahead of time, */
	AHEAD_SLOW = 256,		/* and so many more when the disk is slow */
	BEFORE_START = 30,		/* seconds: so early one that has a start gets its directory */
	LOOK_AHEAD = 1000,		/* how far a smaller one is searched */
	PASSES_MAX = 64,		/* so often a larger one is passed */
	HIDDEN = ATTEMPT_KEY + 8,
	AGAIN_MS = 5000,
	FAILS_MAX = 4,
};

static void hidden_name(char out[HIDDEN], const struct attempt *at)
{
	snprintf(out, HIDDEN, ".%s.tmp", at->key);
}

/* --- what fits ----------------------------------------------------------------------- */

/* First those whose start has come, and who may take it; nobody gets before them:
 * what is due keeps its room, whether it can start now or not. */
static void choose_due(struct agent *a, const struct schedule *s, struct room *left)
{
	static const enum attempt_state not_ready[] = { ATTEMPT_WAITING, ATTEMPT_PREPARING };
	struct attempt *at;

	if (!a->held.scheduled)
		return;
	for (at = a->held.in[ATTEMPT_READY].first; at; at = at->next) {
		at->chosen = at->start && schedule_due(s, at) && room_fits(left, at);
		if (at->start && schedule_due(s, at))
			room_take(left, at);
	}
	for (int i = 0; i < 2; i++)
		for (at = a->held.in[not_ready[i]].first; at; at = at->next)
			if (at->start && schedule_due(s, at))
				room_take(left, at);
}

void start_choose(struct agent *a)
{
	struct room left = room_left(a);
	struct attempt *at, *passed = NULL;
	struct schedule s;

	schedule_make(a, &s);
	if (s.down)
		left = (struct room){ 0 };
	choose_due(a, &s, &left);
	for (at = a->held.in[ATTEMPT_READY].first; at; at = at->next) {
		if (at->start)
			continue;
		at->chosen = false;
		/* Who was passed so often is not passed again. */
		if (passed && passed->passed >= PASSES_MAX)
			continue;
		at->chosen = room_fits(&left, at) && schedule_allows(&s, at);
		if (at->chosen) {
			room_take(&left, at);
			schedule_take(&s, at);
			if (passed)
				passed->passed++;
		} else if (!passed) {
			passed = at;
		}
	}
	schedule_free(&s);
}

/* --- building --------------------------------------------------------------------------- */

static void fail(struct agent *a, struct attempt *at, const char *cause, const struct diag *why)
{
	struct diag d = DIAG_INIT;

	if (ended_without_running(a, at, PHASE_FAILED, cause, why->text, &d) < 0)
		log_diag(&a->log, at->key, &d);
}

/* False: not now. */
static bool build(struct agent *a, struct attempt *at)
{
	char hidden[HIDDEN], name[ATTEMPT_KEY + 8], final[PATH_MAX];
	struct diag d = DIAG_INIT;
	enum jobdir_fault fault = JOBDIR_RETRY;
	struct held h;

	hidden_name(hidden, at);
	snprintf(name, sizeof name, "%s.yaml", at->key);
	snprintf(final, sizeof final, "%s/running/%s", a->st.path, at->key);
	if (held_read(&h, a->st.waiting, name, &d) == 0) {
		fault = jobdir_make(a, at, &h, hidden, final, &d);
		held_close(&h);
	}
	if (fault == JOBDIR_OK) {
		at->flushed = at->trouble = false;
		attempt_move(&a->held, at, ATTEMPT_READY);
		a->dirty = true;
		return true;
	}
	if (fault == JOBDIR_SITE || fault == JOBDIR_JOB)
		fail(a, at, fault == JOBDIR_SITE ? "site" : "job", &d);
	else if (!at->trouble)
		log_diag(&a->log, at->key, &d);
	at->trouble = fault == JOBDIR_RETRY;
	/* Its data has to be looked at again, if that is what has gone. */
	if (fault == JOBDIR_RETRY && at->needs) {
		at->inputs = false;
		a->unstaged = true;
	}
	return false;
}

/* How many to have that cannot start yet.  Only when half of them have gone new
 * ones are made, so that one flush serves for several. */
static uint32_t ahead(const struct agent *a, uint32_t spare)
{
	uint32_t most = a->cores < AHEAD_MIN ? AHEAD_MIN : a->cores > AHEAD_MAX ? AHEAD_MAX
										 : a->cores;

	/* Where a flush takes long, it has to serve for more. */
	most += a->flush_ms < AHEAD_SLOW ? (uint32_t)a->flush_ms : AHEAD_SLOW;
	/* A pass that ends would make them for nobody. */
	return !a->loop || spare > most / 2 ? 0 : most;
}

/* For those that have a start, in good time. */
static void build_scheduled(struct agent *a)
{
	int64_t until = instant_now() + BEFORE_START * SECOND_US;
	struct attempt *at, *next;

	for (at = a->held.scheduled ? a->held.in[ATTEMPT_WAITING].first : NULL; at; at = next) {
		next = at->next;
		if (at->start && at->start <= until && at->inputs)
			build(a, at);
	}
}

/* Could it start now, beside those for which that was said before? */
static bool starts_now(const struct room *left, const struct schedule *s, const struct attempt *at)
{
	return !s->down && room_fits(left, at) && schedule_allows(s, at);
}

static void starts(struct room *left, struct schedule *s, const struct attempt *at)
{
	room_take(left, at);
	schedule_take(s, at);
}

static uint32_t count_chosen(const struct agent *a, struct room *left, struct schedule *s)
{
	uint32_t spare = 0;

	for (const struct attempt *at = a->held.in[ATTEMPT_READY].first; at; at = at->next)
		if (at->chosen)
			starts(left, s, at);
		else
			spare++;
	return spare;
}

void start_build(struct agent *a)
{
	struct room left = room_left(a);
	struct attempt *at, *next;
	struct schedule s;
	uint32_t spare, want;
	int looked = 0, failed = 0;

	build_scheduled(a);
	schedule_make(a, &s);
	spare = count_chosen(a, &left, &s);
	want = ahead(a, spare);
	for (at = a->held.in[ATTEMPT_WAITING].first; at && looked++ < LOOK_AHEAD; at = next) {
		bool now = starts_now(&left, &s, at);

		next = at->next;
		if (at->start || !at->inputs || (!now && spare >= want))
			continue;
		if (!left.cores && spare >= want)
			break;
		if (!build(a, at)) {
			/* A disk that is full is full for all of them. */
			if (++failed >= FAILS_MAX)
				break;
			continue;
		}
		if (now)
			starts(&left, &s, at);
		else
			spare++;
	}
	schedule_free(&s);
}

void start_flushed(struct agent *a)
{
	for (struct attempt *at = a->held.in[ATTEMPT_READY].first; at; at = at->next)
		at->flushed = true;
}

void start_undo(struct agent *a, struct attempt *at)
{
	char hidden[HIDDEN];

	hidden_name(hidden, at);
	(void)!io_remove_tree(a->st.running, hidden, NULL);
	at->chosen = at->flushed = false;
	attempt_move(&a->held, at, ATTEMPT_WAITING);
	attempts_sort(&a->held, ATTEMPT_WAITING);
}

/* --- launching ------------------------------------------------------------------------------ */

int start_runner(struct agent *a, const struct attempt *at, char out[PATH_MAX])
{
	int dir = io_opendir(a->st.running, at->key, NULL);
	bool found = dir >= 0 && jobdir_note(dir, "runner", out, PATH_MAX);

	if (dir >= 0)
		close(dir);
	return found ? 0 : -1;
}

static const struct runner *runner_at(const struct agent *a, const char *path)
{
	for (uint32_t i = 0; i < a->runners.count; i++)
		if (!strcmp(a->runners.item[i].path, path))
			return &a->runners.item[i];
	return NULL;
}

/* --foreground: it is a child of ours as long as we live, and then of init. */
static int spawn_shim(struct agent *a, struct attempt *at, bool resume, struct diag *d)
{
	char runner[PATH_MAX], dir[PATH_MAX], verbs[300] = "--verbs=", poll[40];
	const struct runner *r;
	const char *argv[8];
	int n = 0;

	if (start_runner(a, at, runner) < 0)
		return diag_set(d, "its job directory has no runner");
	snprintf(dir, sizeof dir, "%s/running/%s", a->st.path, at->key);
	r = runner_at(a, runner);
	argv[n++] = a->shim;
	argv[n++] = "--foreground";
	if (r && runner_verbs(r, verbs + 8, sizeof verbs - 8))
		argv[n++] = verbs;
	if (r && r->poll > 0) {
		snprintf(poll, sizeof poll, "--poll=%g", r->poll);
		argv[n++] = poll;
		if (resume)
			argv[n++] = "--resume";
	}
	argv[n++] = dir;
	argv[n++] = runner;
	argv[n] = NULL;
	if (exec_start((char *const *)argv, &at->pid, d) < 0)
		return -1;
	at->child = true;
	at->started = instant_now();
	loop_watch(a, at);
	return 0;
}

static bool launch(struct agent *a, struct attempt *at)
{
	char hidden[HIDDEN], name[ATTEMPT_KEY + 8];
	struct diag d = DIAG_INIT;

	hidden_name(hidden, at);
	snprintf(name, sizeof name, "%s.yaml", at->key);
	if (renameat(a->st.running, hidden, a->st.running, at->key) < 0) {
		diag_errno(&d, "cannot name running/%s", at->key);
		log_diag(&a->log, "cannot start", &d);
		return false;
	}
	/* Beside the directory, where the job does not clean up by mistake. */
	at->left = renameat(a->st.waiting, name, a->st.running, name) < 0 && errno != ENOENT;
	attempt_move(&a->held, at, ATTEMPT_RUNNING);
	at->chosen = false;
	a->tell.soft = true;
	if (spawn_shim(a, at, false, &d) < 0) {
		log_diag(&a->log, at->key, &d);
		at->again = instant_steady_ms() + AGAIN_MS;
		return false;
	}
	log_say(&a->log, "started %s", at->key);
	return true;
}

int start_launch(struct agent *a)
{
	struct attempt *at, *next;
	int n = 0;

	for (at = a->held.in[ATTEMPT_READY].first; at; at = next) {
		next = at->next;
		if (!at->chosen || !at->flushed)
			continue;
		if (stage_still(a, at)) {
			n += launch(a, at);
		} else {
			start_undo(a, at);
			at->inputs = false;
			a->unstaged = true;
		}
	}
	return n;
}

/* --- for collect ----------------------------------------------------------------------------- */

/* What cannot be started now is no attempt that has ended: it is tried again. */
void start_again(struct agent *a, struct attempt *at, bool resume)
{
	struct diag d = DIAG_INIT;

	if (at->again > instant_steady_ms())
		return;
	/* Its shim went before it could even begin: not so fast again. */
	if (at->started)
		log_error(&a->log, "the shim of %s could not begin, trying again", at->key);
	at->again = instant_steady_ms() + AGAIN_MS;
	if (spawn_shim(a, at, resume, &d) < 0 && !at->trouble) {
		log_diag(&a->log, at->key, &d);
		at->trouble = true;
	}
}

bool start_polls(int dir)
{
	struct buf text = BUF_INIT;
	const char *mode;
	size_t len;
	bool polls;

	if (shim_started_read(dir, &text, NULL) < 0)
		return false;
	mode = shim_started_line(text.s, NULL, "mode", &len);
	polls = mode && len == 4 && !memcmp(mode, "poll", 4);
	buf_free(&text);
	return polls;
}

/* Its pid may be that of another process by now, if the shim has just gone: then
 * the lock is free, which is looked at after the pidfd has been had. */
void start_adopt(struct agent *a, struct attempt *at, int dir)
{
	struct buf text = BUF_INIT;
	const char *pid, *time;
	size_t len;

	if (shim_started_read(dir, &text, NULL) < 0)
		return;
	pid = shim_started_line(text.s, NULL, "pid", &len);
	at->pid = pid ? (pid_t)strtol(pid, NULL, 10) : 0;
	at->child = false;
	time = shim_started_line(text.s, NULL, "time", &len);
	if (time)
		(void)!instant_parse(time, len, &at->started, NULL);
	if (at->pid > 0)
		loop_watch(a, at);
	if (at->pidfd >= 0 && !shim_started_alive(dir))
		loop_forget(a, at);
	buf_free(&text);
}
