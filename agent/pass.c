/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pass.h"

#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "background.h"
#include "collect.h"
#include "ended.h"
#include "held_index.h"
#include "instant.h"
#include "io.h"
#include "loop.h"
#include "probes.h"
#include "receive.h"
#include "schedule.h"
#include "scrub.h"
#include "exec.h"
#include "stage.h"
#include "start.h"
#include "sync.h"
#include "tell.h"
#include "tend.h"

enum {
	RUN_WAITS_MS = 3000,		/* `run`, for data and results that take so long only */
	SCAN_MS = 5000,			/* a hint that got lost costs so much */
	BLIND_MS = 500,			/* the same where there are no hints */
	CALM_MS = 60000,		/* so long without an error, and the last one is history */
	SWEEP_MS = 1000,
	CHECK_MS = 60000,		/* runners and local datasets */
	LOG_MS = 200,
	LAST_SYNC_MS = 5000,		/* a sync under way when we have to stop */
};

/* --- one turn, in parts ------------------------------------------------------------ */

/* Compose what there is to say; true: a message is hidden. */
static bool tell(struct agent *a)
{
	struct diag d = DIAG_INIT;
	int got = tell_compose(a, &d);

	if (got < 0)
		log_diag(&a->log, "cannot write a message", &d);
	return got > 0;
}

/*
 * The one flush.  False: nothing may become visible.  It is not tried again by
 * this process: the kernel forgets what it could not write, and would call the
 * next one a success.
 */
static bool flush(struct agent *a)
{
	struct diag d = DIAG_INIT;
	int64_t begin = instant_steady_ms();

	if (a->flush_failed || !a->dirty)
		return !a->flush_failed;
	if (ledger_write(&a->ledger, a->st.root, &d) < 0 || state_flush(&a->st, &d) < 0) {
		log_diag(&a->log, "cannot flush", &d);
		a->flush_failed = true;
		io_forget_tree(a->st.root);
		return false;
	}
	a->flush_ms = instant_steady_ms() - begin;
	a->dirty = false;
	start_flushed(a);
	return true;
}

/* What leaves this machine must not be taken back by a power cut: then its
 * number would be used again.  A hub that reads it here flushes the same file
 * system before it answers. */
static bool show(struct agent *a)
{
	struct diag d = DIAG_INIT;

	if (tell_show(a, &d) == 0) {
		if (!a->hub.kind->remote || io_sync_dir(a->st.up, &d) == 0)
			return true;
		a->flush_failed = true;
	}
	log_diag(&a->log, "cannot show a message", &d);
	return false;
}

static bool build(struct agent *a)
{
	bool any = start_build(a);

	start_choose(a);
	return any;
}

/* --- run ------------------------------------------------------------------------------- */

/* Data that comes at once is used at once; what takes longer is left to the
 * children, and to the next pass. */
static void stage_patiently(struct agent *a)
{
	int64_t end = instant_steady_ms() + RUN_WAITS_MS;

	stage(a);
	while (instant_steady_ms() < end && a->held.in[ATTEMPT_PREPARING].count &&
	       !exec_interrupted() && fetch_wait(&a->fetches, (int)(end - instant_steady_ms())))
		stage(a);
}

static void collect_patiently(struct agent *a)
{
	int64_t end = instant_steady_ms() + RUN_WAITS_MS;

	while (instant_steady_ms() < end && !exec_interrupted() &&
	       collect_wait(a, (int)(end - instant_steady_ms())))
		;
}

static void step(struct agent *a)
{
	collect(a);
	stage_patiently(a);
	start_choose(a);
	build(a);
}

int pass_run(struct agent *a)
{
	bool lost = sync_down(a) < 0, failed, told;
	int sending = 0;

	locals_wait(&a->locals, RUN_WAITS_MS, &a->log);
	probes_start(a, false);
	scrub_tell(a);
	scrub_start(a);
	while (receive(a))
		;
	step(a);
	if (probes_awaited(a))
		probes_wait(a, RUN_WAITS_MS);
	if (a->held.in[ATTEMPT_COLLECTING].count) {
		collect_patiently(a);
		build(a);
	}
	told = tell(a);
	if (told && !lost)
		sync_call(a);
	failed = !flush(a);
	if (!failed) {
		start_launch(a);
		failed = told && !show(a);
	}
	if (!failed && !lost)
		sending = sync_send(a);
	ended_empty_trash(a, instant_steady_ms());
	if (!failed)
		ended_tidy(a);
	held_index_keep(a);
	lost = lost || sending < 0 || (sending && sync_sent(a) < 0);
	if (a->log.errors)
		log_keep_error(&a->log);
	else
		log_good(&a->log);
	return lost ? EX_TEMPFAIL : failed || a->mail.stopped ? EX_IOERR : EX_OK;
}

/* --- between two passes ---------------------------------------------------------------- */

bool pass_local(struct agent *a)
{
	const struct attempt_list *in = a->held.in;

	collect(a);
	stage(a);
	start_choose(a);
	build(a);
	if (flush(a))
		start_launch(a);
	log_flush(&a->log);
	return !a->flush_failed &&
	       (tend_soon(a) || (in[ATTEMPT_WAITING].count + in[ATTEMPT_READY].count && in[ATTEMPT_RUNNING].count) ||
		in[ATTEMPT_PREPARING].count || in[ATTEMPT_COLLECTING].count);
}

/* --- watch --------------------------------------------------------------------------------- */

struct watching {
	int64_t scan, sweep, check, sync, log, calm;	/* when each is due; instant_steady_ms() */
	int errors;			/* that were said until now */
	bool mail;			/* somebody said that there may be mail */
	pid_t syncing;			/* 0: no sync is under way */
	pid_t probing;			/* the same for asking the runners */
};

/* To ask the runners takes long: a child does it, and leaves the answers. */
static int probe_child(void *ctx)
{
	struct agent *a = ctx;
	struct runners fresh;
	struct log silent = LOG_INIT;

	gpus_load(&a->gpus, a->set->machine_root, a->st.root);
	return runners_load(&fresh, a->set, a->st.root, &silent, NULL) < 0;
}

static void check_runners(struct agent *a, struct watching *w)
{
	struct runners fresh;
	struct diag d = DIAG_INIT;

	if (w->probing)
		return;
	if (!runners_fresh(a->set, a->st.root)) {
		if (background_start(&a->st, a->st.root, "runners.lock", probe_child, a, &w->probing,
				     &d) < 0)
			log_diag(&a->log, "cannot ask the runners", &d);
		else if (w->probing)
			loop_child(a, w->probing);
		return;
	}
	if (runners_load(&fresh, a->set, a->st.root, &a->log, NULL) < 0)
		return;
	runners_free(&a->runners);
	a->runners = fresh;
	gpus_recall(&a->gpus, a->st.root);
}

static void look_around(struct agent *a, struct watching *w, int64_t now)
{
	if (now < w->check)
		return;
	w->check = now + CHECK_MS;
	locals_check(&a->locals, &a->st, &a->log);
	probes_start(a, false);
	scrub_tell(a);
	scrub_start(a);
	check_runners(a, w);
}

void child_ended(struct agent *a, pid_t pid, int status)
{
	struct watching *w = a->watching;

	if (pid == w->syncing) {
		w->syncing = 0;
		sync_ended(a, status);
		w->mail = true;
	} else if (pid == w->probing) {
		w->probing = 0;
		w->check = 0;
	} else if (pid == a->probing) {
		a->probing = 0;
		a->tell.soft |= a->tell.asked != 0;
	} else if (fetch_ended(&a->fetches, pid)) {
		a->unstaged = true;
	} else if (!scrub_ended(a, pid)) {
		locals_ended(&a->locals, pid, &a->log);
	}
}

/* Over a network: what there is to say is said when the time for it has come,
 * so that one connection serves for all of it. */
static bool sync_due(struct agent *a, struct watching *w, int64_t now)
{
	return a->hub.kind->remote && !w->syncing && now >= w->sync;
}

static void sync_now(struct agent *a, struct watching *w, int64_t now)
{
	struct diag d = DIAG_INIT;

	w->sync = now + a->set->interval / 1000;
	if (sync_start(a, &w->syncing, &d) < 0)
		log_diag(&a->log, "cannot sync", &d);
	else if (w->syncing)
		loop_child(a, w->syncing);
}

static void turn(struct agent *a, struct watching *w, int *wait)
{
	int64_t now = instant_steady_ms();
	bool due = sync_due(a, w, now), told;

	if (w->mail || now >= w->scan) {
		w->mail = receive(a);
		w->scan = now + (loop_sees(a) || a->hub.kind->remote ? SCAN_MS : BLIND_MS);
	}
	if (now >= w->sweep) {
		w->sweep = now + SWEEP_MS;
		collect(a);
	}
	look_around(a, w, now);
	stage(a);
	start_choose(a);
	start_launch(a);		/* those made ahead of time */
	build(a);
	told = (due || (!a->hub.kind->remote && tell_due(a, false, wait))) && tell(a);
	if (!flush(a))
		return;
	start_launch(a);
	if (told)
		show(a);
	if (due)
		sync_now(a, w, now);
}

static void sooner(int *wait, int64_t when, int64_t now)
{
	int64_t ms = when > now ? when - now : 0;

	if (when != INT64_MAX && (*wait < 0 || ms < *wait))
		*wait = (int)ms;
}

/* For `status`: what is wrong now, as long as it goes on being said. */
static void note_errors(struct agent *a, struct watching *w, int64_t now)
{
	if (a->log.errors != w->errors) {
		w->errors = a->log.errors;
		w->calm = now + CALM_MS;
		log_keep_error(&a->log);
	} else if (w->calm && now >= w->calm) {
		w->calm = 0;
		log_good(&a->log);
	}
}

/* Somebody whose end nobody will tell us of. */
static bool has_blind(const struct agent *a)
{
	for (const struct attempt *at = a->held.in[ATTEMPT_RUNNING].first; at; at = at->next)
		if (at->pidfd < 0)
			return true;
	return a->held.in[ATTEMPT_COLLECTING].count > 0;
}

/* What can be done later is done when nothing else is to be done. */
static void idle(struct agent *a, struct watching *w, int *wait)
{
	int64_t now = instant_steady_ms(), start;

	sooner(wait, ended_empty_trash(a, now), now);
	ended_tidy(a);
	if (now >= w->log) {
		log_flush(&a->log);
		w->log = now + LOG_MS;
	}
	note_errors(a, w, now);
	sooner(wait, w->mail ? now : w->scan, now);
	sooner(wait, w->check, now);
	if (has_blind(a))
		sooner(wait, w->sweep, now);
	if (a->held.in[ATTEMPT_PREPARING].count)
		sooner(wait, a->stage_next, now);
	if (w->calm)
		sooner(wait, w->calm, now);
	if (a->log.pending.len)
		sooner(wait, w->log, now);
	if (a->hub.kind->remote && !w->syncing)
		sooner(wait, w->sync, now);
	start = schedule_next(a);
	if (start != INT64_MAX)
		sooner(wait, now + (start - instant_now()) / 1000 + 1, now);
}

int pass_watch(struct agent *a)
{
	struct watching this = { .mail = true, .check = instant_steady_ms() + CHECK_MS }, *w = &this;
	struct diag d = DIAG_INIT;
	int what = 0, wait;

	if (loop_open(a, &d) < 0) {
		log_diag(&a->log, "cannot watch", &d);
		return EX_OSERR;
	}
	a->watching = w;
	/* Who has said nothing yet has to know what the hub has heard; receive.c. */
	if (!a->up.last && a->hub.kind->remote)
		sync_down(a);
	log_say(&a->log, "watching, pid %d", (int)getpid());
	while (!(what & LOOP_STOP)) {
		wait = -1;
		turn(a, w, &wait);
		if (a->flush_failed)
			break;
		idle(a, w, &wait);
		what = loop_wait(a, wait);
		w->mail |= (what & LOOP_MAIL) != 0;
	}
	if (w->syncing)
		background_wait(w->syncing, LAST_SYNC_MS, &what);
	if (a->flush_failed) {
		log_error(&a->log, "what the disk holds is not known: the agent has to be started again; "
			  "what runs goes on");
		log_keep_error(&a->log);
		return EX_IOERR;
	}
	log_say(&a->log, "stopped by a signal; what runs goes on");
	return EX_OK;
}
