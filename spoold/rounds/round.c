/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "arrays.h"
#include "facts.h"
#include "instant.h"
#include "live.h"
#include "offers.h"
#include "queue.h"
#include "reserved.h"
#include "round_order.h"
#include "round_plan.h"
#include "say.h"
#include "shapes.h"
#include "site_table.h"
#include "site_time.h"
#include "transition.h"
#include "trust.h"
#include "why.h"
#include "why_choice.h"

/* --- what happens to the first job of a shape ---------------------------------- */

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

/* A job to the site that was chosen, saying why. */
static int assign(struct hub *h, uint32_t j, const struct candidate *c, const struct planner_job *p,
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

static int answer_no(struct hub *h, uint32_t shape, struct diag *d)
{
	struct shape_row *row = &h->shapes.row[shape];
	struct buf why = BUF_INIT;
	int r = 0;

	why_reasons(h, shape, &why);
	while (r == 0 && row->queue.count)
		r = round_end(h, queue_any(h, shape), PHASE_FAILED, "NO", why.s, d);
	buf_free(&why);
	return r;
}

static int expire(struct hub *h, uint32_t shape, struct diag *d)
{
	struct shape_row *row = &h->shapes.row[shape];
	int r = 0;

	while (r == 0 && row->queue.count)
		r = round_end(h, queue_any(h, shape), PHASE_EXPIRED, NULL,
			     "the time in which it could have started has passed", d);
	return r;
}

/* --- one shape ------------------------------------------------------------------ */

/* Did every site that we know say NO, for good? */
static bool all_say_no(struct hub *h, uint32_t shape)
{
	uint32_t known = 0;

	if (h->config.unplaceable_waits)
		return false;
	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct match *m;

		if (!h->sites.site[i]->known)
			continue;
		m = shapes_match(h, shape, i);
		if (!m || m->may || m->later)
			return false;
		known++;
	}
	return known;
}

static void wake_at(struct shape_row *row, int64_t when)
{
	if (when < row->wake)
		row->wake = when;
}

/* Has it credit, and may the job start in its time?  Where something is held
 * that the site knows nothing of, it has to be now. */
static bool wants_now(struct hub *h, uint32_t shape, uint16_t site)
{
	struct shape_row *row = &h->shapes.row[shape];
	int64_t start;

	if (!site_table_wants(h, site, &row->shape.demand) || !site_time_start(h, shape, site, &start))
		return false;
	if (start <= h->now || !site_time_hidden(h->sites.site[site]))
		return true;
	wake_at(row, start);
	return false;
}

/* The worst of accounts_afford(): what keeps some site from having the job may
 * be only that it costs too much. */
static int fill_candidates(struct hub *h, uint32_t j, struct candidate *c)
{
	const struct job *job = &h->jobs.job[j];
	uint32_t user = accounts_find(h, job->owner);
	int worst = 1;

	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *s = h->sites.site[i];
		const struct match *m = s->known ? shapes_match(h, job->shape, i) : NULL;
		int afford;

		memset(&c[i], 0, sizeof c[i]);
		if (!m || !m->may)
			continue;
		afford = accounts_afford(h, user, job->shape, (uint16_t)i, NULL);
		worst = afford < worst ? afford : worst;
		if (afford < 0 || !site_table_alive(h, (uint16_t)i))
			continue;
		c[i].match = *m;
		c[i].match.avoided |= i == job->shunned;
		c[i].later = afford > 0 && trust_may(h, (uint16_t)i);
		c[i].wants = afford > 0 && wants_now(h, job->shape, (uint16_t)i);
		c[i].fill = (double)s->held_cores / (s->doc.cores ? s->doc.cores : 1);
	}
	return worst;
}

/* Can no site that may have the job be paid for in this period? */
static bool too_dear(struct hub *h, uint32_t j, struct buf *why)
{
	const struct job *job = &h->jobs.job[j];
	uint32_t user = accounts_find(h, job->owner);

	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *s = h->sites.site[i];
		const struct match *m = s->known ? shapes_match(h, job->shape, i) : NULL;
		struct buf one = BUF_INIT;

		if (!m || (!m->may && !m->later))
			continue;
		if (m->later || accounts_afford(h, user, job->shape, (uint16_t)i, &one) >= 0) {
			buf_free(&one);
			return false;
		}
		buf_addf(why, "%s%s: %s", why->len ? "; " : "", s->name, one.s);
		buf_free(&one);
	}
	return why->len;
}

/* STEP_WAIT_ALONE: for a reason that other jobs of its shape need not have. */
enum step { STEP_ASSIGNED, STEP_WAIT, STEP_WAIT_ALONE, STEP_ENDED, STEP_TROUBLE };

/* A start to come is taken at once, the soonest in its windows. */
static enum step agree(struct hub *h, uint32_t j, const struct candidate *c, struct diag *d)
{
	uint16_t site;
	int got = offers_agree(h, j, c, &site, d);

	if (got > 0)
		got = round_assign(h, j, site, "the soonest start in its time", d) < 0 ? -1 : 1;
	return got < 0 ? STEP_TROUBLE : got ? STEP_ASSIGNED : STEP_WAIT;
}

/* It is left waiting for a site: that may come out otherwise after a while. */
static void wake_for(const struct hub *h, struct shape_row *row, const struct planner_choice *ch)
{
	double wait = ch->site == PLANNER_NOWHERE ? PLANNER_NEVER : ch->offer.start - facts_seconds(h->now);

	if (wait < PLANNER_NEVER)
		wake_at(row, h->now + (int64_t)((wait < 1 ? 1 : wait > 60 ? 60 : wait) * 1e6));
}

/* Of those that may and want it. */
static enum step place(struct hub *h, uint32_t j, struct candidate *c, struct diag *d)
{
	struct shape_row *row = &h->shapes.row[h->jobs.job[j].shape];
	struct planner_choice ch;
	struct planner_job job;
	int64_t wake = INT64_MAX;

	if (row->shape.live && !live_ready(h, j, c, &wake)) {
		wake_at(row, wake);
		return STEP_WAIT_ALONE;
	}
	if (row->shape.ask) {
		int made = offers_make(h, j, c, d);

		return made < 0 ? STEP_TROUBLE : made ? STEP_ASSIGNED : STEP_WAIT;
	}
	if (row->shape.not_before > h->now)
		return agree(h, j, c, d);
	if (!facts_job(h, j, c, &job) || !planner_place(&h->facts.planner, &job, facts_seconds(h->now), &ch)) {
		diag_nomem(d);
		return STEP_TROUBLE;
	}
	if (ch.site != PLANNER_NOWHERE && c[ch.site].wants) {
		if (assign(h, j, c, &job, &ch, d) < 0)
			return STEP_TROUBLE;
		facts_sent(h, &job, &ch);
		return STEP_ASSIGNED;
	}
	wake_for(h, row, &ch);
	if (row->shape.not_after != INT64_MAX)
		return agree(h, j, c, d);
	round_plan(h, j, c);
	return STEP_WAIT;
}

int round_enter(struct hub *h, uint32_t j, const struct reserved_answer *a, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	bool ahead = a->start > h->now;

	job->site = a->site;
	job->agreed = ahead;
	job->start = a->start;
	job->length = a->length;
	reserved_enter(h, j);
	if (round_assign(h, j, a->site, ahead ? "its reservation lies there, from then on"
					      : "its reservation lies there", d) == 0)
		return 0;
	site_time_leave(h, j);
	job->site = NO_SITE;
	return -1;
}

int round_inside(struct hub *h, uint32_t j, int64_t *wake, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	enum reserved_verdict v;
	struct reserved_answer a;
	int afford, got = 0;

	v = reserved_look(h, job->shape, job->owner, &a);
	if (v >= RESERVED_AHEAD) {
		afford = accounts_afford(h, accounts_find(h, job->owner), job->shape, a.site, &a.why);
		if (afford < 1)
			v = afford < 0 && !h->config.unplaceable_waits ? RESERVED_NO : RESERVED_WAIT;
	}
	switch (v) {
	case RESERVED_NO:
		got = round_end(h, j, PHASE_FAILED, "NO", a.why.s, d) < 0 ? -1 : 2;
		break;
	case RESERVED_AHEAD:
	case RESERVED_NOW:
		got = round_enter(h, j, &a, d) < 0 ? -1 : 1;
		break;
	case RESERVED_WAIT:
		*wake = a.wake;
		break;
	}
	buf_free(&a.why);
	return got;
}

/* One that names a reservation goes where that lies. */
static enum step step_inside(struct hub *h, uint32_t j, struct diag *d)
{
	uint32_t shape = h->jobs.job[j].shape;
	int64_t wake = INT64_MAX;
	int got = round_inside(h, j, &wake, d);

	wake_at(&h->shapes.row[shape], wake);
	return got < 0 ? STEP_TROUBLE : got == 0 ? STEP_WAIT_ALONE : got == 1 ? STEP_ASSIGNED : STEP_ENDED;
}

/* Deal with the first job of a lane. */
static enum step step(struct hub *h, uint32_t lane, struct candidate *c, struct diag *d)
{
	uint32_t j = queue_first(h, lane), shape = h->jobs.job[j].shape;
	struct shape_row *row = &h->shapes.row[shape];
	struct buf why = BUF_INIT;
	enum step s;
	int afford;

	if (row->shape.not_after < h->now)
		return expire(h, shape, d) < 0 ? STEP_TROUBLE : STEP_ENDED;
	if (row->shape.not_after != INT64_MAX)
		wake_at(row, row->shape.not_after + 1);
	if (!row->shape.reservation && all_say_no(h, shape))
		return answer_no(h, shape, d) < 0 ? STEP_TROUBLE : STEP_ENDED;
	if (h->jobs.job[j].tasks && (j = arrays_next(h, j, d)) == NO_JOB)
		return d->err ? STEP_TROUBLE : STEP_WAIT_ALONE;
	if (row->shape.reservation)
		return step_inside(h, j, d);
	if (row->shape.not_before > h->now)
		wake_at(row, row->shape.not_before);
	round_unplan(h, j);
	afford = fill_candidates(h, j, c);
	if (afford < 0 && !h->config.unplaceable_waits && too_dear(h, j, &why))
		s = round_end(h, j, PHASE_FAILED, "NO", why.s, d) < 0 ? STEP_TROUBLE : STEP_ENDED;
	else
		s = place(h, j, c, d);
	buf_free(&why);
	return s == STEP_WAIT && afford < 1 ? STEP_WAIT_ALONE : s;
}

/* --- all lanes ---------------------------------------------------------------------- */

static int64_t next_wake(const struct hub *h)
{
	int64_t wake = INT64_MAX;

	for (uint32_t i = 0; i < h->shapes.busies; i++)
		if (h->shapes.row[h->shapes.busy[i]].wake < wake)
			wake = h->shapes.row[h->shapes.busy[i]].wake;
	return wake;
}

/* What becomes of the lane whose turn it was. */
static void follow(struct hub *h, struct round_order *o, uint32_t lane, enum step s, int64_t since,
		   struct diag *d)
{
	switch (s) {
	case STEP_ASSIGNED:
		round_order_given(h, o);
		break;
	case STEP_ENDED:
		round_order_ended(h, o);
		break;
	case STEP_WAIT:
		round_order_left(h, o, since);
		break;
	case STEP_WAIT_ALONE:
		round_order_left(h, o, INT64_MAX);
		break;
	case STEP_TROUBLE:
		hub_trouble(h, "assigning a job", d);
		h->shapes.row[h->lanes.lane[lane].shape].dirty = true;
		round_order_left(h, o, INT64_MAX);
		break;
	}
}

void round_run(struct hub *h, enum round_reason reason, bool *more, int64_t *wake)
{
	struct candidate *c = malloc((h->sites.count + 1) * sizeof *c);
	uint32_t left = h->config.batch, lane;
	struct diag d = DIAG_INIT;
	struct round_order o = { .lane = NULL };

	facts_begin(h);
	if (!c || !round_order_begin(h, reason, &o)) {
		diag_nomem(&d);
		hub_trouble(h, "planning", &d);
		left = 0;
	}
	if (reason == ROUND_ALL)
		round_unplan_all(h);
	while (left && (lane = round_order_next(h, &o)) != NO_LANE) {
		int64_t since = h->jobs.job[queue_first(h, lane)].since;
		enum step s = step(h, lane, c, &d);

		left -= s == STEP_ASSIGNED || s == STEP_ENDED;
		follow(h, &o, lane, s, since, &d);
	}
	facts_end(h);
	*more = round_order_end(h, &o);
	*wake = next_wake(h);
	free(c);
}
