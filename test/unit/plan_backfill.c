/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backfill.h: random queues, beside a timeline that is nothing but a list.
 *
 * A case is one job of a queue.  Of each it is checked that it starts as early
 * as the list allows, that it starts then with or without the jobs behind it,
 * and no later than if nobody could overtake.  A queue that fails is shrunk.
 */
#include <stdio.h>
#include <string.h>

#include "backfill.h"
#include "plan_list.h"
#include "plan_shrink.h"

enum { KINDS = LIST_KINDS, JOBS = 20, WINDOWS = 2 };

struct queue {
	unsigned kinds, jobs, facts;
	bool simple;			/* one window each, without an end */
	uint64_t capacity[KINDS];
	struct timeline_entry fact[4];
	struct timeline_window window[JOBS][WINDOWS];
	struct backfill_job job[JOBS];
};

static char why[200];

#define FAIL(...) (snprintf(why, sizeof why, __VA_ARGS__), false)

static void begin(const struct queue *q, struct timeline *t, struct list *l)
{
	struct timeline_broken broken;

	*l = (struct list){ .kinds = q->kinds };
	memcpy(l->capacity, q->capacity, sizeof l->capacity);
	if (timeline_init(t, q->kinds, q->capacity, NULL) < 0)
		bail("timeline_init failed");
	for (unsigned i = 0; i < q->facts; i++) {
		l->entry[l->entries] = q->fact[i];
		if (timeline_impose(t, &q->fact[i], &l->entry[l->entries++].handle, &broken, NULL) < 0)
			bail("timeline_impose failed");
	}
}

static void list_put(struct list *l, const struct backfill_job *job, int64_t from, int64_t duration)
{
	struct timeline_entry *e = &l->entry[l->entries++];

	*e = (struct timeline_entry){ .from = from, .to = from + duration };
	memcpy(e->amount, job->demand, sizeof e->amount);
}

/* Each starts as early as it can, given those before it. */
static bool earliest(const struct queue *q, struct list l, const struct backfill_start *start)
{
	for (unsigned i = 0; i < q->jobs; i++) {
		const struct backfill_job *job = &q->job[i];
		struct timeline_found f = { 0 };
		bool any = list_fit(&l, job->demand, job->window, job->windows, &f);

		if (any != !!start[i].handle)
			return FAIL("job %u was %s", i, any ? "forgotten" : "made to fit");
		if (!any)
			continue;
		if (f.start != start[i].start || f.window != start[i].window)
			return FAIL("job %u starts at %d, expected %d", i, (int)start[i].start, (int)f.start);
		list_put(&l, job, f.start, job->window[f.window].duration);
	}
	return true;
}

/* Those in front get the same without those behind. */
static bool undelayed(const struct queue *q, const struct backfill_start *start)
{
	struct backfill_start alone[JOBS];
	unsigned front = q->jobs / 2;
	struct timeline t;
	struct list l;
	bool same = true;

	begin(q, &t, &l);
	if (backfill_plan(&t, q->job, front, TIMELINE_PROMISE, alone, NULL) < 0)
		bail("backfill_plan failed");
	for (unsigned i = 0; same && i < front; i++)
		same = !alone[i].handle == !start[i].handle && alone[i].start == start[i].start;
	timeline_free(&t);
	return same ? true : FAIL("those in front are delayed by those behind");
}

/* None starts later than where nobody may start before the one in front. */
static bool no_later(const struct queue *q, struct list l, const struct backfill_start *start)
{
	int64_t since = 0;

	for (unsigned i = 0; i < q->jobs; i++) {
		struct timeline_window w = q->job[i].window[0];
		struct timeline_found f = { 0 };

		if (w.earliest < since)
			w.earliest = since;
		if (!list_fit(&l, q->job[i].demand, &w, 1, &f))
			continue;
		if (!start[i].handle || start[i].start > f.start)
			return FAIL("job %u starts later than without backfill", i);
		list_put(&l, &q->job[i], f.start, w.duration);
		since = f.start;
	}
	return true;
}

static bool do_queue(struct queue *q)
{
	struct backfill_start start[JOBS];
	struct timeline t;
	struct list l;
	bool fine;

	for (unsigned i = 0; i < q->jobs; i++)
		q->job[i].window = q->window[i];
	begin(q, &t, &l);
	if (backfill_plan(&t, q->job, q->jobs, TIMELINE_PROMISE, start, NULL) < 0)
		bail("backfill_plan failed");
	fine = earliest(q, l, start) && undelayed(q, start) && (!q->simple || no_later(q, l, start));
	timeline_free(&t);
	return fine;
}

static void make_job(struct chance *c, struct queue *q, unsigned i)
{
	struct backfill_job *job = &q->job[i];

	job->owner = i;
	job->windows = q->simple ? 1 : (unsigned)chance_from(c, 1, WINDOWS);
	for (unsigned k = 0; k < q->kinds; k++)
		job->demand[k] = chance_below(c, q->capacity[k] + !chance_below(c, 20));
	for (unsigned w = 0; w < job->windows; w++)
		q->window[i][w] = (struct timeline_window){
			chance_from(c, 0, 8), q->simple ? TIMELINE_END : chance_from(c, 0, LIST_LAST),
			chance_from(c, 1, 6),
		};
	/* Arrays of jobs. */
	if (i && !chance_below(c, 3)) {
		*job = q->job[i - 1];
		job->owner = i;
		memcpy(q->window[i], q->window[i - 1], sizeof q->window[i]);
	}
}

static void make_queue(struct chance *c, struct queue *q)
{
	memset(q, 0, sizeof *q);
	q->kinds = (unsigned)chance_from(c, 1, KINDS);
	q->jobs = (unsigned)chance_from(c, 1, JOBS);
	q->facts = (unsigned)chance_below(c, 4);
	/* The list ends at LIST_LAST, so an endless queue must be short. */
	q->simple = chance_below(c, 2);
	if (q->simple && q->jobs > 4)
		q->jobs = 4;
	for (unsigned k = 0; k < q->kinds; k++)
		q->capacity[k] = (uint64_t)chance_from(c, 1, 8);
	for (unsigned i = 0; i < q->facts; i++) {
		struct timeline_entry *e = &q->fact[i];

		e->from = chance_from(c, 0, 8);
		e->to = chance_from(c, e->from + 1, 10);
		for (unsigned k = 0; k < q->kinds; k++)
			e->amount[k] = chance_below(c, q->capacity[k] + 2);
	}
	for (unsigned i = 0; i < q->jobs; i++)
		make_job(c, q, i);
}

static void report(const struct queue *q)
{
	note("%s; %u facts, %u jobs, capacity %d %d %d:", why, q->facts, q->jobs, (int)q->capacity[0],
	     (int)q->capacity[1], (int)q->capacity[2]);
	for (unsigned i = 0; i < q->facts; i++)
		note("fact from %d to %d: %d %d %d", (int)q->fact[i].from, (int)q->fact[i].to,
		     (int)q->fact[i].amount[0], (int)q->fact[i].amount[1], (int)q->fact[i].amount[2]);
	for (unsigned i = 0; i < q->jobs; i++)
		note("%d %d %d in the first of %u windows, [%d %d] for %d", (int)q->job[i].demand[0],
		     (int)q->job[i].demand[1], (int)q->job[i].demand[2], q->job[i].windows,
		     (int)q->window[i][0].earliest, (int)q->window[i][0].latest,
		     (int)q->window[i][0].duration);
}

static unsigned last_jobs;

static bool passes(struct chance *c)
{
	static struct queue q;
	bool fine;

	make_queue(c, &q);
	last_jobs = q.jobs;
	fine = do_queue(&q);
	if (shrink_telling)
		report(&q);
	return fine;
}

int main(void)
{
	ok_cases(passes, 1000000, &last_jobs, NULL, "jobs in random queues");
	return done();
}
