/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pass.h"

#include <sysexits.h>

#include "collect.h"
#include "ended.h"
#include "exec.h"
#include "held_index.h"
#include "instant.h"
#include "io.h"
#include "pass_part.h"
#include "probes.h"
#include "receive.h"
#include "scrub.h"
#include "stage.h"
#include "start.h"
#include "sync.h"
#include "tell.h"
#include "tend.h"

enum { RUN_WAITS_MS = 3000 };		/* `run`, for data and results that take so long only */

/* --- what every turn has --------------------------------------------------------------- */

bool pass_tell(struct agent *a)
{
	struct diag d = DIAG_INIT;
	int got = tell_compose(a, &d);

	if (got < 0)
		log_diag(&a->log, "cannot write a message", &d);
	return got > 0;
}

bool pass_flush(struct agent *a)
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
bool pass_show(struct agent *a)
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

void pass_build(struct agent *a)
{
	start_build(a);
	start_choose(a);
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
	pass_build(a);
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
	if (probes_awaited(a)) {
		probes_wait(a, RUN_WAITS_MS);
		/* No later pass knows that it was asked: now, with what is known. */
		a->tell.answer_by = 0;
	}
	if (a->held.in[ATTEMPT_COLLECTING].count) {
		collect_patiently(a);
		pass_build(a);
	}
	told = pass_tell(a);
	if (told && !lost)
		sync_call(a);
	failed = !pass_flush(a);
	if (!failed) {
		start_launch(a);
		failed = told && !pass_show(a);
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
	pass_build(a);
	if (pass_flush(a))
		start_launch(a);
	log_flush(&a->log);
	return !a->flush_failed &&
	       (tend_soon(a) || (in[ATTEMPT_WAITING].count + in[ATTEMPT_READY].count && in[ATTEMPT_RUNNING].count) ||
		in[ATTEMPT_PREPARING].count || in[ATTEMPT_COLLECTING].count);
}
