/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "accounting.h"
#include "facts.h"
#include "io.h"
#include "lifetime.h"
#include "offers.h"
#include "out_sizes.h"
#include "results.h"
#include "say.h"
#include "site_table.h"
#include "site_time.h"
#include "transition.h"
#include "trust.h"
#include "url_sizes.h"
#include "why_choice.h"

/* An attempt that failed for a reason of the site's is made again elsewhere,
 * but not for ever. */
enum { MOST_ATTEMPTS = 5 };

static int refuse(struct hub *h, uint16_t site, const struct message_report *r, const char *why)
{
	char id[UUID_TEXT];

	uuid_format(&r->job, id);
	hub_log("%s reports job %s attempt %u as %s: refused, %s", h->sites.site[site]->name, id,
		r->attempt, phase_name((enum phase)r->phase), why);
	h->count.refused_reports++;
	results_forget(h, r);
	return 0;
}

/* --- lines ---------------------------------------------------------------------- */

static void add_usage(struct buf *line, const struct message_report *r)
{
	if (r->exit >= 0)
		line_int(line, "exit", r->exit);
	if (r->signal > 0)
		line_int(line, "signal", r->signal);
	if (r->cause)
		line_text(line, "cause", r->cause);
	if (r->start)
		line_time(line, "start", r->start);
	if (r->end)
		line_time(line, "end", r->end);
	if (r->end) {
		line_real(line, "wall", r->wall, 3);
		line_real(line, "user", r->user, 3);
		line_real(line, "system", r->system, 3);
		line_int(line, "maxrss", (long long)r->maxrss);
	}
	if (r->limits)
		line_text(line, "limits", r->limits);
	if (r->staged)
		line_int(line, "staged", (long long)r->staged);
	if (r->files)
		line_int(line, "files", r->files);
	if (r->text)
		line_text(line, "text", r->text);
}

static int move_to(struct hub *h, uint32_t j, enum phase to, const struct message_report *r,
		   struct diag *d)
{
	struct buf line = BUF_INIT;
	int got;

	if (to == PHASE_COMPLETED && r->end)
		learned_ran(h, j, r->wall);
	if (to == PHASE_COMPLETED)
		out_sizes_ended(h, j, r);
	if (to == PHASE_COMPLETED || to == PHASE_FAILED) {
		software_ran(h, j, r);
		url_sizes_ended(h, j, r);
	}
	if (to == PHASE_RUNNING)
		h->jobs.job[j].start = site_time_began(&h->jobs.job[j], r->start, h->now);
	transition_line(h, &line, j, to);
	add_usage(&line, r);
	if (to == PHASE_RUNNING)
		why_eta_running(h, j, r->start && r->time > r->start ? (double)(r->time - r->start) / 1e6 : 0, &line);
	got = transition_make(h, j, to, &line, d);
	buf_free(&line);
	return got;
}

/* --- ends ----------------------------------------------------------------------- */

/* Nobody is there any more who could report the cancelled job's end. */
static int cancel_lost(struct hub *h, uint32_t j, const char *text, struct diag *d)
{
	struct message_report r = { .exit = -1, .signal = -1, .text = text };

	return move_to(h, j, PHASE_CANCELLED, &r, d);
}

static int requeue(struct hub *h, uint32_t j, const struct message_report *r, const char *cause,
		   const char *text, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	struct buf line = BUF_INIT;
	uint16_t site = job->site;
	int got;

	if (job->cancelling)
		return cancel_lost(h, j, text, d);
	if (r && accounting_add(h, j, r, d) < 0)
		return -1;
	if (r && !strcmp(cause, "site"))
		trust_ended(h, site, j, false);
	transition_line(h, &line, j, PHASE_PENDING);
	line_text(&line, "from", h->sites.site[site]->name);
	line_text(&line, "cause", cause);
	if (r)
		add_usage(&line, &(struct message_report){ .exit = r->exit, .signal = r->signal,
							   .start = r->start, .end = r->end });
	line_text(&line, "text", text);
	got = transition_make(h, j, PHASE_PENDING, &line, d);
	buf_free(&line);
	if (got == 0 && !strcmp(cause, "operator"))
		return 0;
	if (got == 0 && strcmp(cause, "job"))
		h->jobs.job[j].shunned = site;
	else if (got == 0)
		h->jobs.job[j].failures++;
	return got;
}

int report_lost(struct hub *h, uint32_t j, const char *text, struct diag *d)
{
	return requeue(h, j, NULL, "site", text, d);
}

int report_taken_back(struct hub *h, uint32_t j, const char *text, struct diag *d)
{
	return requeue(h, j, NULL, "operator", text, d);
}

static int end_job(struct hub *h, uint32_t j, const struct message_report *r, struct diag *d)
{
	struct job *job = &h->jobs.job[j];

	if (results_show(h, r, job->owner, d) < 0 || accounting_add(h, j, r, d) < 0)
		return -1;
	if (r->files && lifetime_begin(h, j, d) < 0)
		return -1;
	if (r->phase == PHASE_COMPLETED || (r->cause && !strcmp(r->cause, "site")))
		trust_ended(h, job->site, j, r->phase == PHASE_COMPLETED);
	return move_to(h, j, (enum phase)r->phase, r, d);
}

/* Only failures of the job itself use up its retries. */
static bool may_try_again(const struct job *job, const struct message_report *r)
{
	if (!r->cause || !strcmp(r->cause, "job"))
		return job->failures < job->retries;
	return job->attempt < (uint32_t)MOST_ATTEMPTS + job->failures;
}

/* A cancelled job that fails or is cancelled is cancelled, whatever the words. */
static int failed(struct hub *h, uint32_t j, const struct message_report *r, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	struct message_report as = *r;

	if (job->cancelling) {
		as.phase = PHASE_CANCELLED;
		return end_job(h, j, &as, d);
	}
	if (may_try_again(job, r)) {
		results_forget(h, r);
		return requeue(h, j, r, r->cause ? r->cause : "job", r->text ? r->text : "it failed", d);
	}
	return end_job(h, j, r, d);
}

/* --- which attempt is meant -------------------------------------------------------- */

struct attempt_of { char site[65]; bool found; };

/* Who held an earlier attempt stands in the job's file only. */
static int find_attempt(struct hub *h, uint32_t j, uint32_t attempt, struct attempt_of *out,
			struct diag *d)
{
	struct buf text = BUF_INIT;
	struct line_reader reader;
	struct line l;
	char number[16];
	int r = transition_read(h, j, &text, d);

	memset(out, 0, sizeof *out);
	snprintf(number, sizeof number, "%u", attempt);
	if (r == 0 && (r = jobfile_events(&reader, text.s, text.len, d)) == 0) {
		while (line_next(&reader, &l, NULL) > 0)
			if (line_key_equals(&l, "phase", "waiting") &&
			    line_key_equals(&l, "attempt", number) && node_get(l.map, "site")) {
				snprintf(out->site, sizeof out->site, "%s",
					 node_get(l.map, "site")->text);
				out->found = true;
			}
		line_close(&reader);
	}
	buf_free(&text);
	return r;
}

static void hold_at(struct hub *h, uint32_t j, uint16_t site, uint32_t attempt)
{
	site_table_release(h, h->jobs.job[j].site, j);
	site_time_leave(h, j);
	h->jobs.job[j].site = site;
	h->jobs.job[j].attempt = attempt;
	site_table_hold(h, site, j);
	site_time_follow(h, j);
}

/* The end is to be told of the attempt that made it.  A job that nobody has
 * gets to it over the site that did the work: that is its legal way. */
static int give_to(struct hub *h, uint32_t j, uint16_t site, uint32_t attempt, struct diag *d)
{
	static const struct message_report nothing = { .exit = -1, .signal = -1 };
	struct job *job = &h->jobs.job[j];
	uint32_t before = job->attempt;

	if (job->phase != PHASE_PENDING && job->phase != PHASE_OFFERED) {
		hold_at(h, j, site, attempt);
		return 0;
	}
	if (job->phase == PHASE_OFFERED)
		offers_close(h, j, "rejected");
	job->site = site;
	job->attempt = attempt;
	if (move_to(h, j, PHASE_WAITING, &nothing, d) == 0)
		return 0;
	job->site = NO_SITE;
	job->attempt = before;
	return -1;
}

/* Another attempt is under way; but this one has used what it has used. */
static int late_failure(struct hub *h, uint16_t site, uint32_t j, const struct message_report *r,
			struct diag *d)
{
	struct buf text = BUF_INIT;
	struct job_state st;
	int got = 0;

	if (phase_final((enum phase)r->phase) && r->start)
		got = transition_state(h, j, &text, &st, d) < 0 ? -1 : accounting_again(h, site, &st, r, d);
	buf_free(&text);
	return got;
}

/* A result of an attempt that was given up counts if it comes home first. */
static int late_result(struct hub *h, uint16_t site, uint32_t j, const struct message_report *r,
		       struct diag *d)
{
	uint16_t now_at = h->jobs.job[j].site;
	uint32_t attempt = h->jobs.job[j].attempt;
	struct attempt_of a;

	if (find_attempt(h, j, r->attempt, &a, d) < 0)
		return -1;
	if (!a.found || strcmp(a.site, h->sites.site[site]->name))
		return refuse(h, site, r, "the site never had that attempt");
	if (r->phase != PHASE_COMPLETED) {
		results_forget(h, r);
		return late_failure(h, site, j, r, d);
	}
	if (give_to(h, j, site, r->attempt, d) < 0)
		return -1;
	if (end_job(h, j, r, d) < 0) {
		if (now_at != NO_SITE)
			hold_at(h, j, now_at, attempt);
		return -1;
	}
	if (now_at != NO_SITE)
		say_cancel(h, now_at, &r->job, attempt, "an earlier attempt came home first");
	return 0;
}

static int present_attempt(struct hub *h, uint32_t j, const struct message_report *r, struct diag *d)
{
	enum phase from = (enum phase)h->jobs.job[j].phase, to = (enum phase)r->phase;

	if (from == to || !phase_may(from, to))
		return 0;	/* told again */
	if (to == PHASE_FAILED || to == PHASE_CANCELLED)
		return failed(h, j, r, d);
	if (to == PHASE_COMPLETED)
		return end_job(h, j, r, d);
	return move_to(h, j, to, r, d);
}

/*
 * The end of a job that has ended, told again because the site has not heard
 * that it arrived.  If the power was cut before that, the line in the job's
 * file may have survived, and its results or the line in accounting/ not: they
 * are taken and written anew.  A site whose power was cut may tell of another
 * end, having lost what the job left: then the results that are here count.
 */
static int told_again(struct hub *h, uint16_t site, const struct message_report *r, struct diag *d)
{
	int phase = phase_final((enum phase)r->phase) ? spool_job_find(&h->spool, &r->job) : -1;
	struct buf text = BUF_INIT;
	struct job_state st;
	char name[SPOOL_JOB_NAME];
	int got = 0;

	spool_job_name(&r->job, name);
	if (phase >= 0 && phase_final((enum phase)phase) &&
	    io_read(h->spool.jobs[phase], name, 64u << 20, &text, NULL) == 0 &&
	    jobfile_read(text.s, text.len, &st, NULL) == 0 && st.attempt == r->attempt &&
	    !strcmp(st.site, h->sites.site[site]->name))
		got = (phase == r->phase && results_show_again(h, r, st.record.owner, d) < 0)
			? -1 : accounting_again(h, site, &st, r, d);
	buf_free(&text);
	results_forget(h, r);
	return got;
}

int report_act(struct hub *h, uint16_t site, const struct message_report *r, struct diag *d)
{
	uint32_t j = jobs_find(&h->jobs, &r->job);
	bool final = phase_final((enum phase)r->phase);
	struct job *job = j == NO_JOB ? NULL : &h->jobs.job[j];
	int got;

	if (!job) {
		if (!final && spool_job_find(&h->spool, &r->job) < 0)
			refuse(h, site, r, "there is no such job");
		got = told_again(h, site, r, d);
	} else if (r->attempt == job->attempt && job->site == site) {
		got = present_attempt(h, j, r, d);
	} else if (r->attempt < job->attempt || (r->attempt == job->attempt && job->site == NO_SITE)) {
		got = late_result(h, site, j, r, d);
	} else {
		refuse(h, site, r, "the site does not hold that job");
		got = 0;
	}
	/* Whatever became of it, the site need not keep it any longer; and what
	 * still runs without us knowing of it is to be stopped. */
	if (got == 0 && final)
		say_settle(h, site, &r->job, r->attempt);
	else if (got == 0 && (!job || r->attempt != h->jobs.job[j].attempt || h->jobs.job[j].site != site))
		say_cancel(h, site, &r->job, r->attempt, "the hub has given this attempt up");
	return got;
}
