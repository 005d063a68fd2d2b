/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of pass.h that stays: one turn for each thing that happens. */
#include "pass.h"

#include <sysexits.h>
#include <unistd.h>

#include "background.h"
#include "collect.h"
#include "ended.h"
#include "instant.h"
#include "loop.h"
#include "pass_part.h"
#include "probes.h"
#include "receive.h"
#include "schedule.h"
#include "scrub.h"
#include "stage.h"
#include "start.h"
#include "sync.h"
#include "tell.h"

enum {
	SCAN_MS = 5000,			/* a hint that got lost costs so much */
	BLIND_MS = 500,			/* the same where there are no hints */
	CALM_MS = 60000,		/* so long without an error, and the last one is history */
	SWEEP_MS = 1000,
	CHECK_MS = 60000,		/* runners and local datasets */
	LOG_MS = 200,
	LAST_SYNC_MS = 5000,		/* a sync under way when we have to stop */
};

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
	pass_build(a);
	told = (due || (!a->hub.kind->remote && tell_due(a, false, wait))) && pass_tell(a);
	if (!pass_flush(a))
		return;
	start_launch(a);
	if (told)
		pass_show(a);
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
