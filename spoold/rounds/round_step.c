/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round_step.h"

#include "arrays.h"
#include "facts.h"
#include "live.h"
#include "offers.h"
#include "plan/candidate.h"
#include "queue.h"
#include "round_assign.h"
#include "round_candidates.h"
#include "round_inside.h"
#include "round_plan.h"
#include "shapes.h"
#include "site_time.h"
#include "why.h"

static int answer_no(struct hub *h, uint32_t shape, struct diag *d)
{
	struct shape_row *row = &h->shapes.row[shape];
	struct buf why = BUF_INIT;
	int r = 0;

	why_reasons(h, shape, &why);
	if (why.failed)
		r = diag_nomem(d);
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

/* A start to come is taken at once, the soonest in its windows. */
static enum round_step agree(struct hub *h, uint32_t j, const struct candidate *c, struct diag *d)
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
		shapes_wake(row, h->now + (int64_t)((wait < 1 ? 1 : wait > 60 ? 60 : wait) * 1e6));
}

/* Of those that may and want it. */
static enum round_step place(struct hub *h, uint32_t j, struct candidate *c, struct diag *d)
{
	struct shape_row *row = &h->shapes.row[h->jobs.job[j].shape];
	struct planner_choice ch;
	struct planner_job job;
	int64_t wake = INT64_MAX;

	if (row->shape.live && !live_ready(h, j, c, &wake)) {
		shapes_wake(row, wake);
		return STEP_WAIT_ALONE;
	}
	if (row->shape.ask) {
		int made = offers_make(h, j, c, d);

		return made < 0 ? STEP_TROUBLE : made ? STEP_ASSIGNED : STEP_WAIT;
	}
	if (!site_time_open(h, &row->shape, &wake))
		return agree(h, j, c, d);
	if (!facts_job(h, j, c, &job) || !planner_place(&h->facts.planner, &job, facts_seconds(h->now), &ch)) {
		diag_nomem(d);
		return STEP_TROUBLE;
	}
	if (ch.site != PLANNER_NOWHERE && c[ch.site].wants) {
		if (round_assign_chosen(h, j, c, &job, &ch, d) < 0)
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

/* One that names a reservation goes where that lies. */
static enum round_step step_inside(struct hub *h, uint32_t j, struct diag *d)
{
	uint32_t shape = h->jobs.job[j].shape;
	int64_t wake = INT64_MAX;
	int got = round_inside(h, j, &wake, d);

	shapes_wake(&h->shapes.row[shape], wake);
	return got < 0 ? STEP_TROUBLE : got == 0 ? STEP_WAIT_ALONE : got == 1 ? STEP_ASSIGNED : STEP_ENDED;
}

enum round_step round_step(struct hub *h, uint32_t lane, struct candidate *c, struct diag *d)
{
	uint32_t j = queue_first(h, lane), shape = h->jobs.job[j].shape;
	struct shape_row *row = &h->shapes.row[shape];
	struct buf why = BUF_INIT;
	enum round_step s;
	int64_t next;
	int afford;

	if (row->shape.not_after < h->now)
		return expire(h, shape, d) < 0 ? STEP_TROUBLE : STEP_ENDED;
	if (row->shape.not_after != INT64_MAX)
		shapes_wake(row, row->shape.not_after + 1);
	if (!row->shape.reservation && all_say_no(h, shape))
		return answer_no(h, shape, d) < 0 ? STEP_TROUBLE : STEP_ENDED;
	if (h->jobs.job[j].tasks && (j = arrays_next(h, j, d)) == NO_JOB)
		return d->err ? STEP_TROUBLE : STEP_WAIT_ALONE;
	if (row->shape.reservation)
		return step_inside(h, j, d);
	site_time_open(h, &row->shape, &next);
	shapes_wake(row, next);
	round_unplan(h, j);
	afford = round_candidates(h, j, c);
	if (afford < 0 && !h->config.unplaceable_waits && round_too_dear(h, j, &why))
		s = round_end(h, j, PHASE_FAILED, "NO", why.s, d) < 0 ? STEP_TROUBLE : STEP_ENDED;
	else
		s = place(h, j, c, d);
	buf_free(&why);
	return s == STEP_WAIT && afford < 1 ? STEP_WAIT_ALONE : s;
}
