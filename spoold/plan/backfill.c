/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backfill.h"

#include <string.h>

static bool is_like(const struct backfill_job *a, const struct backfill_job *b, unsigned kinds)
{
	if (a->windows != b->windows || memcmp(a->demand, b->demand, kinds * sizeof *a->demand))
		return false;
	for (unsigned i = 0; a->window != b->window && i < a->windows; i++)
		if (a->window[i].earliest != b->window[i].earliest ||
		    a->window[i].latest != b->window[i].latest ||
		    a->window[i].duration != b->window[i].duration)
			return false;
	return true;
}

/* The earliest start from `since` on. */
static bool find_start(const struct timeline *t, const struct backfill_job *job, int64_t since,
		       struct timeline_found *found)
{
	struct timeline_found f;
	bool any = false;

	for (unsigned i = 0; i < job->windows; i++) {
		struct timeline_window w = job->window[i];

		if (w.earliest < since)
			w.earliest = since;
		if (any && w.latest >= found->start)
			w.latest = found->start - 1;
		if (!timeline_fit(t, job->demand, &w, 1, &f))
			continue;
		*found = (struct timeline_found){ f.start, i };
		any = true;
	}
	return any;
}

static int plan_one(struct timeline *t, const struct backfill_job *job, uint8_t standing, int64_t since,
		    struct backfill_start *start, struct diag *d)
{
	struct timeline_entry e = { .owner = job->owner, .standing = standing };
	struct timeline_found f;
	int64_t duration;

	*start = (struct backfill_start){ 0 };
	if (!find_start(t, job, since, &f))
		return 0;
	duration = job->window[f.window].duration;
	e.from = f.start;
	e.to = f.start + (duration > 0 ? duration : 1);
	memcpy(e.amount, job->demand, t->kinds * sizeof *e.amount);
	start->start = f.start;
	start->window = f.window;
	return timeline_take(t, &e, &start->handle, d) < 0 ? -1 : 0;
}

/* A job like the one before it cannot start before that one: since then, the
 * timeline has only become fuller.  That makes long arrays of jobs cheap. */
int backfill_plan(struct timeline *t, const struct backfill_job *job, size_t jobs, uint8_t standing,
		  struct backfill_start *start, struct diag *d)
{
	for (size_t i = 0; i < jobs; i++) {
		int64_t since = TIMELINE_START;
		int failed = 0;

		if (i && is_like(&job[i - 1], &job[i], t->kinds))
			since = start[i - 1].handle ? start[i - 1].start : TIMELINE_END;
		failed = plan_one(t, &job[i], standing, since, &start[i], d);
		if (!failed)
			continue;
		while (i-- > 0)
			if (start[i].handle)
				timeline_give_back(t, start[i].handle, NULL);
		return -1;
	}
	return 0;
}
