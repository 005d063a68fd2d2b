/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round_assign.h"

#include "arrays.h"
#include "round_plan.h"
#include "say.h"
#include "site_time.h"
#include "software.h"
#include "transition.h"
#include "why_choice.h"

/* What a restart has to know of its place on the site's timeline. */
static void add_terms(const struct hub *h, struct buf *line, const struct job *job)
{
	if (job->agreed || job->start > h->now)
		line_time(line, job->agreed ? "start" : "planned", job->start);
	if (job->length)
		line_duration(line, "length", job->length);
	if (job->cores)
		line_int(line, "cores", job->cores);
	if (job->memory)
		line_size(line, "memory", job->memory);
}

/* more: what else goes into the job's line. */
static int assign_with(struct hub *h, uint32_t j, uint16_t site, const struct buf *more, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	struct buf line = BUF_INIT, text = BUF_INIT;
	struct job_state st;
	int r = -1;

	if (transition_state(h, j, &text, &st, d) == 0) {
		uint64_t before = job->message;

		round_unplan(h, j);
		job->site = site;
		job->attempt++;
		job->message = h->sites.site[site]->out.last + 1;
		site_time_hold(h, j);
		/* First all that can fail without a trace, then the transition. */
		transition_line(h, &line, j, PHASE_WAITING);
		line_int(&line, "message", (long long)job->message);
		add_terms(h, &line, job);
		if (more->len)
			buf_adds(&line, ", ");
		buf_add(&line, more->s, more->len);
		software_given(h, j);
		r = say_assign(h, j, &st, d);
		if (r == 0 && (r = transition_make(h, j, PHASE_WAITING, &line, d)) < 0)
			say_unsay(h, site);
		if (r < 0) {
			site_time_leave(h, j);
			job->site = NO_SITE;
			job->attempt--;
			job->message = before;
		}
	}
	buf_free(&text);
	buf_free(&line);
	h->count.assigned += r == 0;
	return r;
}

int round_assign(struct hub *h, uint32_t j, uint16_t site, const char *why, struct diag *d)
{
	struct buf more = BUF_INIT;
	int r;

	if (why && *why)
		line_text(&more, "why", why);
	r = more.failed ? diag_nomem(d) : assign_with(h, j, site, &more, d);
	buf_free(&more);
	return r;
}

int round_assign_chosen(struct hub *h, uint32_t j, const struct candidate *c, const struct planner_job *p,
			const struct planner_choice *ch, struct diag *d)
{
	struct buf more = BUF_INIT;
	int r;

	why_choice(h, j, c, p, ch, &more);
	r = more.failed ? diag_nomem(d) : assign_with(h, j, (uint16_t)ch->site, &more, d);
	buf_free(&more);
	return r;
}

/* What a task is told before any site had it, all of its array would be. */
int round_end(struct hub *h, uint32_t j, enum phase to, const char *answer, const char *text,
	      struct diag *d)
{
	const struct job *job = &h->jobs.job[j];
	struct buf line = BUF_INIT;
	int r;

	if (job->array && (job->tasks || !job->attempt)) {
		uint32_t array = h->arrays.run[job->array - 1].job;

		if (arrays_close(h, array, to, answer, text, d) < 0 || array == j)
			return h->jobs.job[array].hangs == HANGS_IN_LANE ? -1 : 0;
	}

	transition_line(h, &line, j, to);
	if (answer)
		line_text(&line, "answer", answer);
	line_text(&line, "text", text);
	r = transition_make(h, j, to, &line, d);
	buf_free(&line);
	return r;
}
