/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "background.h"
#include "boot.h"
#include "ended.h"
#include "gather.h"
#include "io.h"
#include "loop.h"
#include "outputs.h"
#include "shim_started.h"
#include "exec.h"
#include "stage.h"
#include "start.h"

/* More than this is read in a child, so that nobody waits for it meanwhile. */
enum { GATHER_HERE = 16 << 20, REAP_SECONDS = 90 };

static bool there(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Once for each attempt: what is tried again each second is not said again. */
static void trouble(struct agent *a, struct attempt *at, const struct diag *d)
{
	if (!at->trouble)
		log_diag(&a->log, at->key, d);
	at->trouble = true;
}

/* --- to ended/ ---------------------------------------------------------------------- */

static void ended(struct agent *a, struct attempt *at)
{
	struct diag d = DIAG_INIT;
	char name[ATTEMPT_KEY + 8];

	if (renameat(a->st.running, at->key, a->st.ended, at->key) < 0) {
		diag_errno(&d, "cannot move it to ended/");
		trouble(a, at, &d);
		return;
	}
	snprintf(name, sizeof name, "%s.yaml", at->key);
	if (unlinkat(a->st.running, name, 0) < 0 && errno != ENOENT)
		at->left = true;
	loop_forget(a, at);
	stage_check(a, at);
	at->pid = 0;
	at->told_phase = -1;
	at->trouble = false;
	attempt_move(&a->held, at, ATTEMPT_ENDED);
	a->tell.final = true;
	log_say(&a->log, "ended %s", at->key);
}

struct work { struct agent *a; const struct attempt *at; int dir; };

static int gather_child(void *ctx)
{
	const struct work *w = ctx;

	return gather(w->a->set, w->dir, w->a->st.files, w->at, NULL) < 0;
}

static void gather_apart(struct agent *a, struct attempt *at, int dir)
{
	struct work w = { a, at, dir };
	struct diag d = DIAG_INIT;
	pid_t pid = 0;

	if (background_start(&a->st, dir, "gather.lock", gather_child, &w, &pid, &d) < 0) {
		trouble(a, at, &d);
		return;
	}
	at->pid = pid;			/* 0: an earlier process's child is at it */
	at->child = pid != 0;
	if (at->state != ATTEMPT_COLLECTING)
		attempt_move(&a->held, at, ATTEMPT_COLLECTING);
	a->tell.soft = true;
	if (pid)
		loop_watch(a, at);
}

/* As many send at once as may fetch. */
static bool too_many(const struct agent *a)
{
	uint32_t n = 0;

	for (const struct attempt *at = a->held.in[ATTEMPT_COLLECTING].first; at; at = at->next)
		n += at->sending && at->pid;
	return n >= a->set->transfers;
}

/* False: it is not its turn yet, or the pause after a try that failed. */
static bool may_send(struct agent *a, struct attempt *at, int dir)
{
	char words[400];
	int wait = outputs_wait(dir, words, sizeof words);

	at->sending = true;
	if (at->state != ATTEMPT_COLLECTING)
		attempt_move(&a->held, at, ATTEMPT_COLLECTING);
	if (words[0] && (!at->remark || strcmp(at->remark, words))) {
		free(at->remark);
		at->remark = strdup(words);
		at->told_phase = -1;
		a->tell.soft = true;
		log_say(&a->log, "sending outputs of %s: %s", at->key, words);
	}
	return outputs_unwanted(dir) || (!wait && !too_many(a));
}

static void gather_all(struct agent *a, struct attempt *at, int dir)
{
	/* First: who lets go of it has left a report. */
	bool busy = background_busy(dir, "gather.lock");
	struct diag d = DIAG_INIT;
	uint64_t bytes;

	/* Only a child's is believed; another may be the job's own work. */
	if ((at->gathering || at->state == ATTEMPT_COLLECTING) && there(dir, "report"))
		ended(a, at);
	else if (busy)
		gather_apart(a, at, dir);
	else if (outputs_any(dir, NULL) != 0 && !may_send(a, at, dir))
		return;
	else if (gather_size(dir, &bytes, &d) < 0)
		trouble(a, at, &d);
	else if (bytes > GATHER_HERE)
		gather_apart(a, at, dir);
	else if (gather(a->set, dir, a->st.files, at, &d) < 0)
		trouble(a, at, &d);
	else
		ended(a, at);
}

/* --- shims that died ------------------------------------------------------------------ */

/* True: it has been done; false: it is being done, or cannot be. */
static bool reap(struct agent *a, struct attempt *at)
{
	struct diag d = DIAG_INIT;
	struct buf err = BUF_INIT;
	char dir[PATH_MAX], runner[PATH_MAX];
	char *argv[] = { a->shim, "--reap", dir, runner, NULL };
	int status = -1;

	snprintf(dir, sizeof dir, "%s/running/%s", a->st.path, at->key);
	if (start_runner(a, at, runner) < 0)
		argv[3] = NULL;
	log_error(&a->log, "the shim of %s died", at->key);
	/* What is left of the task may take its time to die. */
	if (a->loop && exec_start(argv, &at->pid, &d) == 0) {
		at->child = true;
		loop_watch(a, at);
	} else if (!a->loop && exec_run(argv, REAP_SECONDS, &err, &err, &status, &d) == 0) {
		if (status)
			log_error(&a->log, "spool-shim --reap %s: %s", at->key, err.s);
	} else {
		trouble(a, at, &d);
	}
	buf_free(&err);
	return status == 0;
}

/* --- one attempt ------------------------------------------------------------------------- */

/* An end that a power cut may have torn is none: see boot.h.  Of another boot? -1. */
static int drop_bad_end(struct attempt *at, int dir, struct diag *d)
{
	static const char *const names[] = { "report", "exit" };
	int other = at->found ? boot_was_other(dir, d) : 0;

	if (other <= 0 || boot_exit_good(dir))
		return other;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlinkat(dir, names[i], 0);
	return other;
}

static void lost(struct agent *a, struct attempt *at)
{
	struct diag d = DIAG_INIT;

	if (ended_without_running(a, at, PHASE_FAILED, "site", "the machine went down when it was "
				  "to run, or did", &d) < 0)
		trouble(a, at, &d);
}

/* It is not known to have a shim that lives. */
static void look_into(struct agent *a, struct attempt *at, int dir)
{
	struct diag d = DIAG_INIT;
	int exit = 0, started = 0, other = drop_bad_end(at, dir, &d);

	if (other >= 0)
		exit = io_there(dir, "exit", &d);
	if (exit == 0)
		started = io_there(dir, "started", &d);
	if (other < 0 || exit < 0 || started < 0)
		trouble(a, at, &d);
	else if (exit)
		gather_all(a, at, dir);
	else if (!started && other)
		lost(a, at);
	else if (!started)
		start_again(a, at, false);
	else if (shim_started_alive(dir))
		start_adopt(a, at, dir);
	else if (there(dir, "exit"))	/* published between our two looks */
		gather_all(a, at, dir);
	else if (start_polls(dir))
		start_again(a, at, true);
	else if (reap(a, at) && there(dir, "exit"))
		gather_all(a, at, dir);
}

static void examine(struct agent *a, struct attempt *at)
{
	struct diag d = DIAG_INIT;
	int dir = state_opendir(a->st.running, at->key, &d);

	if (dir >= 0) {
		look_into(a, at, dir);
		close(dir);
	} else if (d.err != ENOENT) {
		trouble(a, at, &d);
	} else if (ended_without_running(a, at, PHASE_FAILED, "job", "its job directory has gone",
					 &d) < 0) {
		trouble(a, at, &d);
	}
}

void collect_one(struct agent *a, struct attempt *at)
{
	int status;

	if (at->child && at->pid && waitpid(at->pid, &status, WNOHANG) == 0)
		return;
	loop_forget(a, at);
	at->pid = 0;
	at->child = false;
	examine(a, at);
}

static void collect_list(struct agent *a, enum attempt_state state)
{
	struct attempt *at, *next;

	for (at = a->held.in[state].first; at; at = next) {
		next = at->next;
		if (at->pidfd < 0 || !a->loop)
			collect_one(a, at);
	}
}

void collect(struct agent *a)
{
	collect_list(a, ATTEMPT_COLLECTING);
	collect_list(a, ATTEMPT_RUNNING);
}

bool collect_wait(struct agent *a, int ms)
{
	struct attempt *at = a->held.in[ATTEMPT_COLLECTING].first;
	int status;

	while (at && !at->pid)
		at = at->next;
	if (!at)
		return false;
	if (background_wait(at->pid, ms, &status)) {
		at->child = false;
		collect_one(a, at);
	}
	return true;
}

/* --- stopping ----------------------------------------------------------------------------- */

int collect_stop(struct agent *a, struct attempt *at, const char *reason, struct diag *d)
{
	int dir, rc;

	if (at->cancelled)
		return 0;
	dir = state_opendir(a->st.running, at->key, d);
	if (dir < 0)
		return -1;
	if (!reason)
		reason = "";
	/* The reason first: with `stop` it may end at once. */
	rc = io_publish(dir, "cancelled", 0600, reason, strlen(reason), 0, d);
	if (rc == 0 && !there(dir, "stop"))
		rc = io_create(dir, "stop", 0600, "", 0, d);
	close(dir);
	if (rc == 0) {
		at->cancelled = true;
		log_say(&a->log, "stopping %s: %s", at->key, reason);
	}
	return rc;
}
