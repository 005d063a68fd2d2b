/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round.h"

#include <stdlib.h>

#include "facts.h"
#include "plan/candidate.h"
#include "queue.h"
#include "round_order.h"
#include "round_plan.h"
#include "round_step.h"

static int64_t next_wake(const struct hub *h)
{
	int64_t wake = INT64_MAX;

	for (uint32_t i = 0; i < h->shapes.busies; i++)
		if (h->shapes.row[h->shapes.busy[i]].wake < wake)
			wake = h->shapes.row[h->shapes.busy[i]].wake;
	return wake;
}

/* What becomes of the lane whose turn it was. */
static void follow(struct hub *h, struct round_order *o, uint32_t lane, enum round_step s, int64_t since,
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
	struct round_order o = { .lane = NULL };

	facts_begin(h);
	if (!c || !round_order_begin(h, reason, &o)) {
		struct diag d = DIAG_INIT;

		diag_nomem(&d);
		hub_trouble(h, "planning", &d);
		left = 0;
	}
	if (reason == ROUND_ALL)
		round_unplan_all(h);
	while (left && (lane = round_order_next(h, &o)) != NO_LANE) {
		struct diag d = DIAG_INIT;
		int64_t since = h->jobs.job[queue_first(h, lane)].since;
		enum round_step s = round_step(h, lane, c, &d);

		left -= s == STEP_ASSIGNED || s == STEP_ENDED;
		follow(h, &o, lane, s, since, &d);
	}
	facts_end(h);
	*more = round_order_end(h, &o);
	*wake = next_wake(h);
	free(c);
}
