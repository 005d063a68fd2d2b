/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "collect.h"
#include "ended.h"
#include "instant.h"
#include "io.h"
#include "line.h"
#include "machine_load.h"
#include "probes.h"
#include "room.h"

/* A fresh look takes no longer, though a store may hang. */
enum { ANSWER_MS = 5000 };

/* --- assign ------------------------------------------------------------------- */

/*
 * Straight under its name: until a flush has passed the message that brought it
 * is not acknowledged, and a file that a crash has torn is thrown away and
 * written anew when the message is read again.
 */
static int write_waiting(struct agent *a, const struct attempt *at, const char *raw, size_t len,
			 struct diag *d)
{
	struct buf text = BUF_INIT;
	char name[ATTEMPT_KEY + 8];
	int rc;

	snprintf(name, sizeof name, "%s.yaml", at->key);
	line_begin(&text);
	line_int(&text, "received", (long long)at->message);
	line_int(&text, "line", at->line);
	line_end(&text);
	buf_add(&text, raw, len);
	unlinkat(a->st.waiting, name, 0);
	rc = text.failed ? diag_nomem(d)
			 : io_create(a->st.waiting, name, 0600, text.s, text.len, d);
	buf_free(&text);
	return rc;
}

/* What can never run here is told so at once; the hub had old news of us. */
static int refuse_too_big(struct agent *a, struct attempt *at, struct diag *d)
{
	const struct room all = room_all(a);
	char text[200];

	if (room_fits(&all, at))
		return 0;
	if (at->cores <= a->cores && at->memory <= a->memory)
		snprintf(text, sizeof text, "it needs GPUs that this site does not have");
	else
		snprintf(text, sizeof text, "it needs %u cores and %" PRIu64 " bytes of memory, this site "
			 "has %u and %" PRIu64, at->cores, at->memory, a->cores, a->memory);
	return ended_without_running(a, at, PHASE_FAILED, "site", text, d);
}

/* What the job asks for; a limit that nobody has named is that of the site, or a day. */
static int64_t walltime_of(const struct agent *a, const struct message_assign *m)
{
	return m->walltime ? m->walltime : a->set->walltime ? a->set->walltime : DAY_US;
}

/* Entered before the attempt's own file is made.  1: it is taken; 0: it has been
 * refused; -1. */
static int enter(struct agent *a, struct attempt *at, const struct message_assign *m,
		 struct diag *d)
{
	const struct ledger_entry e = { at->key, at->cores, at->memory, walltime_of(a, m) };
	int64_t now = instant_now();
	char why[100];

	if (ledger_allows(&a->ledger, &a->set->pull.day, &e, now, why, sizeof why)) {
		ledger_take(&a->ledger, &e, now);
		if (!policy_has_day(&a->set->pull))
			return 1;
		a->tell.soft = true;
		return ledger_write(&a->ledger, a->st.root, d) < 0 ? -1 : 1;
	}
	ledger_refuse(&a->ledger, at->key, why, now);
	return ended_without_running(a, at, PHASE_FAILED, "policy", why, d) < 0 ? -1 : 0;
}

static int assign(struct agent *a, uint64_t message, uint32_t line, const struct line *l,
		  struct tree *t, const char *raw, size_t len, struct diag *d)
{
	struct message_assign m;
	struct attempt *at;
	int got;

	if (message_read_assign(t, l, &m, d) < 0)
		return -1;
	if (attempts_find(&a->held, &m.job, m.attempt))
		return 0;
	at = attempts_add(&a->held, &m.job, m.attempt, ATTEMPT_WAITING);
	if (!at)
		return diag_nomem(d);
	at->message = message;
	at->line = line;
	a->held.scheduled += m.start != 0;
	if (attempt_fill(at, &m, d) < 0 || (got = enter(a, at, &m, d)) < 0 ||
	    (got && write_waiting(a, at, raw, len, d) < 0)) {
		attempts_remove(&a->held, at);
		return -1;
	}
	if (!got)
		return 0;
	a->unstaged = true;
	return refuse_too_big(a, at, d);
}

/* --- cancel, settle --------------------------------------------------------------- */

/*
 * An attempt that nobody here has heard of is told as cancelled: it was lost
 * with this site's state, or it has been settled and the hub will say so again.
 */
static int cancel_unknown(struct agent *a, const struct message_job *m, struct diag *d)
{
	struct attempt *at = attempts_add(&a->held, &m->job, m->attempt, ATTEMPT_WAITING);

	if (!at)
		return diag_nomem(d);
	if (ended_without_running(a, at, PHASE_CANCELLED, NULL, "this site does not hold it", d) == 0)
		return 0;
	attempts_remove(&a->held, at);
	return -1;
}

static int cancel(struct agent *a, const struct line *l, struct diag *d)
{
	struct message_job m;
	struct attempt *at;

	if (message_read_job(l, &m, d) < 0)
		return -1;
	at = attempts_find(&a->held, &m.job, m.attempt);
	if (!at)
		return cancel_unknown(a, &m, d);
	switch (at->state) {
	case ATTEMPT_WAITING:
	case ATTEMPT_PREPARING:
	case ATTEMPT_READY:
		return ended_without_running(a, at, PHASE_CANCELLED, NULL, m.reason, d);
	case ATTEMPT_RUNNING:
	case ATTEMPT_COLLECTING:
		return collect_stop(a, at, m.reason, d);
	default:
		return 0;	/* it has ended already, and that is what is told */
	}
}

static int settle(struct agent *a, const struct line *l, struct diag *d)
{
	struct message_job m;
	struct attempt *at;

	if (message_read_job(l, &m, d) < 0)
		return -1;
	at = attempts_find(&a->held, &m.job, m.attempt);
	if (!at || at->state != ATTEMPT_ENDED)
		return 0;
	return ended_settle(a, at, d);
}

/* --- ask ------------------------------------------------------------------------------ */

static int ask(struct agent *a, const struct line *l, struct diag *d)
{
	struct message_ask m;

	if (message_read_ask(l, &m, d) < 0)
		return -1;
	a->tell.asked = m.number;
	a->tell.answer_by = instant_steady_ms() + ANSWER_MS;
	a->tell.whole |= m.whole;
	if (m.look) {
		probes_start(a, true);
		machine_load(a, true);
	}
	a->tell.soft = true;
	return 0;
}

/* --- lines ------------------------------------------------------------------------ */

static int act_on(struct agent *a, uint64_t message, uint32_t line, const struct line *l,
		  struct tree *t, const char *raw, size_t len, struct diag *d)
{
	switch (message_kind(l, d)) {
	case SAY_ASSIGN:
		return assign(a, message, line, l, t, raw, len, d);
	case SAY_CANCEL:
		return cancel(a, l, d);
	case SAY_SETTLE:
		return settle(a, l, d);
	case SAY_ASK:
		return ask(a, l, d);
	case SAY_SITE:
	case SAY_REPORT:
		return diag_at(d, l->number, 0, "a line that only a site says");
	default:
		/* The hub may be newer than we are; what it says of jobs is known since the first version. */
		if (!l->map->child)
			return -1;
		log_say(&a->log, "the hub says something that is not known here (%.60s); it is left out",
			l->map->child->key);
		return 0;
	}
}

int act(struct agent *a, uint64_t message, const struct buf *text, uint32_t *lines, struct diag *d)
{
	struct line_reader r;
	struct line l;
	int got = -1;

	*lines = 0;
	if (mailbox_lines(&r, text, d) < 0)
		goto out;
	for (;;) {
		const char *raw = r.at;

		got = line_next(&r, &l, d);
		if (got <= 0)
			break;
		if (act_on(a, message, ++*lines, &l, &r.tree, raw, (size_t)(r.at - raw), d) < 0) {
			got = -1;
			break;
		}
	}
out:
	line_close(&r);
	return got;
}
