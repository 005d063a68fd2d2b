/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "say.h"
#include "transition.h"

/* Pending: it ends now.  At a site: remembered in the file, told to the site,
 * and the site's report ends it. */
int command_cancel(struct hub *h, uint32_t j, const char *by, const char *reason, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	struct buf line = BUF_INIT;
	int r;

	if (job->phase == PHASE_PENDING || job->phase == PHASE_OFFERED) {
		transition_line(h, &line, j, PHASE_CANCELLED);
		line_text(&line, "by", by);
		if (reason)
			line_text(&line, "text", reason);
		r = transition_make(h, j, PHASE_CANCELLED, &line, d);
	} else if (job->cancelling) {
		r = 0;
	} else {
		line_begin(&line);
		line_text(&line, "command", "cancel");
		line_time(&line, "time", h->now);
		line_text(&line, "by", by);
		r = transition_remark(h, j, &line, d);
		if (r == 0) {
			job->cancelling = true;
			say_cancel(h, job->site, &job->id, job->attempt, reason ? reason : by);
		}
	}
	buf_free(&line);
	return r;
}

static int refuse_ended(struct hub *h, const struct command *c, const char *id, struct diag *d)
{
	int p = spool_job_find(&h->spool, &c->job);

	if (p < 0)
		return diag_set(d, "there is no job %s", id);
	return diag_set(d, "job %s has ended already: it is %s", id, phase_name((enum phase)p));
}

int command_run(struct hub *h, const struct command *c, uid_t uid, struct diag *d)
{
	uint32_t j = jobs_find(&h->jobs, &c->job);
	char id[UUID_TEXT], by[32];

	uuid_format(&c->job, id);
	if (c->verb != COMMAND_CANCEL)
		return diag_set(d, "this command is not carried out yet; `cancel` is");
	if (j == NO_JOB)
		return refuse_ended(h, c, id, d);
	if (uid != h->jobs.job[j].owner && uid != 0 && uid != geteuid())
		return diag_set(d, "job %s belongs to somebody else", id);
	if (c->attempt && c->attempt != h->jobs.job[j].attempt)
		return diag_set(d, "the command means attempt %u of job %s, which is at attempt %u by now",
				c->attempt, id, h->jobs.job[j].attempt);
	snprintf(by, sizeof by, "uid %ju", (uintmax_t)uid);
	return command_cancel(h, j, by, c->reason, d);
}
