/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "arrays.h"
#include "gang.h"
#include "io.h"
#include "offers.h"
#include "queue.h"
#include "revive.h"
#include "reserved.h"
#include "refusal.h"
#include "said.h"
#include "say.h"
#include "site_table.h"
#include "transition.h"
#include "trust.h"
#include "which.h"

static int remark(struct hub *h, uint32_t j, const char *verb, const char *by, struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	line_begin(&line);
	line_text(&line, "command", verb);
	line_time(&line, "time", h->now);
	line_text(&line, "by", by);
	r = transition_remark(h, j, &line, d);
	buf_free(&line);
	return r;
}

/* All that is under way is, and no more is made.  When that has ended, so has it. */
static int cancel_array(struct hub *h, uint32_t array, const char *by, const char *reason, struct diag *d)
{
	char text[200];
	uint32_t j;

	snprintf(text, sizeof text, "%.60s%s%.120s", by, reason ? ": " : "", reason ? reason : "");
	if (arrays_close(h, array, PHASE_CANCELLED, NULL, text, d) < 0)
		return -1;
	for (uint32_t i = UINT32_MAX; (j = arrays_before(h, array, &i)) != NO_JOB;)
		if (command_cancel(h, j, by, reason, d) < 0)
			return -1;
	return 0;
}

/* Pending: it ends now.  At a site: remembered in the file, told to the site,
 * and the site's report ends it. */
int command_cancel(struct hub *h, uint32_t j, const char *by, const char *reason, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	struct buf line = BUF_INIT;
	int r;

	if (job->tasks)
		return cancel_array(h, j, by, reason, d);
	if (job->phase == PHASE_OFFERED)
		offers_close(h, j, "rejected");
	if (job->phase == PHASE_PENDING || job->phase == PHASE_OFFERED) {
		transition_line(h, &line, j, PHASE_CANCELLED);
		line_text(&line, "by", by);
		if (reason)
			line_text(&line, "text", reason);
		r = transition_make(h, j, PHASE_CANCELLED, &line, d);
	} else if (job->cancelling) {
		r = 0;
	} else {
		r = remark(h, j, "cancel", by, d);
		if (r == 0) {
			job->cancelling = true;
			say_cancel(h, job->site, &job->id, job->attempt, reason ? reason : by);
		}
	}
	buf_free(&line);
	return r;
}

/* --- hold and release ------------------------------------------------------------ */

static int hold_tasks(struct hub *h, uint32_t array, bool on, const char *by, struct diag *d);

/* Only a job that waits for a site can be held; one that a site has is cancelled. */
static int hold(struct hub *h, uint32_t j, bool on, const char *by, struct diag *d)
{
	struct job *job = &h->jobs.job[j];

	if (job->phase != PHASE_PENDING)
		return diag_set(d, "only a pending job can be held or released; this one is %s",
				phase_name((enum phase)job->phase));
	/* Of an array that is not held some tasks may be. */
	if (job->held == on && (on || !job->tasks))
		return 0;
	if (remark(h, j, on ? "hold" : "release", by, d) < 0)
		return -1;
	if (job->held != on) {
		queue_take(h, j);
		job->held = on;
		queue_put(h, j, false);
	}
	return job->tasks ? hold_tasks(h, j, on, by, d) : 0;
}

/* Of an array those that have come back, too. */
static int hold_tasks(struct hub *h, uint32_t array, bool on, const char *by, struct diag *d)
{
	uint32_t j;

	if (!on && arrays_release(h, array, d) < 0)
		return -1;
	for (uint32_t i = UINT32_MAX; (j = arrays_before(h, array, &i)) != NO_JOB;)
		if (h->jobs.job[j].phase == PHASE_PENDING && hold(h, j, on, by, d) < 0)
			return -1;
	return 0;
}

/* --- retry -------------------------------------------------------------------------- */

static int ended_job(struct hub *h, const struct command *c, uid_t uid, const char *id, const char *by,
		     struct diag *d)
{
	int p = spool_job_find(&h->spool, &c->id), r;
	uint32_t j;
	struct buf text = BUF_INIT;
	struct job_state st;
	char name[SPOOL_JOB_NAME];

	if (p < 0)
		return diag_set(d, "there is no job %s", id);
	if (c->verb == COMMAND_CANCEL && p == PHASE_CANCELLED)
		return 0;
	if (c->verb != COMMAND_RETRY || p == PHASE_COMPLETED)
		return refuse(d, ESTALE, "job %s has ended already: it is %s", id, phase_name((enum phase)p));
	spool_job_name(&c->id, name);
	r = io_read(h->spool.jobs[p], name, 64u << 20, &text, d);
	if (r == 0)
		r = jobfile_read(text.s, text.len, &st, d);
	if (r == 0 && uid != st.record.owner && uid != 0 && uid != geteuid())
		r = refuse(d, EACCES, "job %s belongs to somebody else", id);
	/* The line may stand there, and the file not yet be where it says. */
	if (r == 0 && (st.phase != (enum phase)p || !said_in(h, &text, "job")))
		r = revive(h, &c->id, (enum phase)p, by, &text, &j, d);
	buf_free(&text);
	return r;
}

/* A site that was set aside is trusted again: its administrator has mended it. */
static int release_site(struct hub *h, const char *name, uid_t uid, struct diag *d)
{
	uint16_t site = site_table_find(h, name);

	if (uid != 0 && uid != geteuid())
		return refuse(d, EACCES, "only who runs the hub may release a site");
	if (site == NO_SITE)
		return diag_set(d, "there is no site %s", name);
	if (!trust_release(h, site))
		hub_log("%s is released, and was not set aside", name);
	return 0;
}

/* Of a task that is not made yet its array's file tells. */
static int run_unmade(struct hub *h, const struct command *c, const struct which *w, uid_t uid, struct diag *d)
{
	uint32_t array = jobs_find(&h->jobs, &w->array);
	char by[32];

	snprintf(by, sizeof by, "uid %ju", (uintmax_t)uid);
	if (uid != h->jobs.job[array].owner && uid != 0 && uid != geteuid())
		return refuse(d, EACCES, "the array belongs to somebody else");
	if (c->verb == COMMAND_HOLD || c->verb == COMMAND_RELEASE)
		return arrays_hold(h, array, w->index, c->verb == COMMAND_HOLD, by, d);
	if (c->verb != COMMAND_CANCEL)
		return diag_set(d, "task %u of the array is not made yet; it can only be cancelled, held or released",
				w->index);
	return arrays_strike(h, array, w->index, by, c->reason, d);
}

static int run_known(struct hub *h, const struct command *c, uid_t uid, struct diag *d);

/* As it was called by people. */
static int run_called(struct hub *h, const struct command *c, uid_t uid, struct diag *d)
{
	struct command known = *c;
	struct which w = { .id = c->id };

	if ((c->name && which_name(h, uid, c->name, &w, d) < 0) ||
	    (c->has_index && which_task(h, c->index, &w, d) < 0))
		return -1;
	known.id = w.id;
	if ((w.unmade ? run_unmade(h, c, &w, uid, d) : run_known(h, &known, uid, d)) == 0)
		return 0;
	/* Of a task that was not made yet its array tells. */
	known.id = w.array;
	return !d->err && said_before(h, &known) ? 0 : -1;
}

int command_run(struct hub *h, const struct command *c, uid_t uid, struct diag *d)
{
	return c->name || c->has_index ? run_called(h, c, uid, d) : run_known(h, c, uid, d);
}

static int carry_out(struct hub *h, const struct command *c, uid_t uid, struct diag *d)
{
	uint32_t j = jobs_find(&h->jobs, &c->id);
	char id[UUID_TEXT], by[32];
	int r;

	if (c->about == ABOUT_RESERVATION)
		return reserved_command(h, c, uid, d);
	if (c->about == ABOUT_SITE)
		return release_site(h, c->site, uid, d);
	if (c->about == ABOUT_TRANSACTION)
		return gang_command(h, c, uid, d);
	uuid_format(&c->id, id);
	snprintf(by, sizeof by, "uid %ju", (uintmax_t)uid);
	if (j == NO_JOB)
		return ended_job(h, c, uid, id, by, d);
	if (uid != h->jobs.job[j].owner && uid != 0 && uid != geteuid())
		return refuse(d, EACCES, "job %s belongs to somebody else", id);
	if (c->has_attempt && c->attempt != h->jobs.job[j].attempt)
		return refuse(d, ESTALE, "the command means attempt %u of job %s, which is at attempt %u by now",
				c->attempt, id, h->jobs.job[j].attempt);
	switch (c->verb) {
	case COMMAND_CANCEL:
		r = gang_cancel_with(h, j, by, c->reason, d);
		return r ? (r < 0 ? -1 : 0) : command_cancel(h, j, by, c->reason, d);
	case COMMAND_HOLD:
		return hold(h, j, true, by, d);
	case COMMAND_RELEASE:
		return hold(h, j, false, by, d);
	case COMMAND_RETRY:
		return diag_set(d, "job %s has not ended: it is %s", id,
				phase_name((enum phase)h->jobs.job[j].phase));
	case COMMAND_ACCEPT:
		return offers_accept(h, j, c->offer, by, d);
	case COMMAND_REJECT:
		return offers_reject(h, j, c->offer, by, d);
	default:
		return diag_set(d, "this command is not known");
	}
}

/* What was carried out is not refused, whatever has become of it since. */
static int run_known(struct hub *h, const struct command *c, uid_t uid, struct diag *d)
{
	return carry_out(h, c, uid, d) == 0 || (!d->err && said_before(h, c)) ? 0 : -1;
}
