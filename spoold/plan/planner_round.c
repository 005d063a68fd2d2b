/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "planner.h"

#include <stdlib.h>

#include "heap.h"

struct turn { double key; uint32_t job; };

static bool turn_before(const void *a, const void *b, const void *of)
{
	const struct turn *x = a, *y = b;

	(void)of;
	return x->key < y->key || (x->key <= y->key && x->job < y->job);
}

/* Seconds of a line for what is missing, at the site where that is least. */
static double least_carry(const struct planner *p, const struct planner_shape *s)
{
	double least = PLANNER_NEVER;

	for (uint32_t i = 0; i < p->sites && least > 0; i++) {
		struct planner_offer o = { 0 };

		if (!s->may[i])
			continue;
		planner_missing(p, s, i, 0, &o);
		least = fmin(least, o.carry);
	}
	return least < PLANNER_NEVER ? least : 0;
}

/* Those that take little of a line and of cores first, but whoever has waited
 * for long beside what it takes gets its turn: the lower the sooner. */
static double turn_key(const struct planner_job *j, double carry, double now)
{
	double takes = carry + j->run;

	return takes / (now - j->since + takes + 1e-3);
}

/* The turns of a round: a heap.  What a shape misses is looked for when one of
 * its jobs would come first without it; a key only gets greater by that. */
struct turns { struct turn *turn; uint32_t count; double *carry; };

static bool turns_begin(struct turns *t, const struct planner *p, const struct planner_job *job,
			uint32_t jobs, double now)
{
	*t = (struct turns){ malloc((jobs + 1) * sizeof *t->turn), jobs,
			     malloc((p->shapes + 1) * sizeof *t->carry) };
	if (!t->turn || !t->carry)
		return false;
	for (uint32_t i = 0; i < p->shapes; i++)
		t->carry[i] = -1;
	for (uint32_t i = 0; i < jobs; i++)
		t->turn[i] = (struct turn){ turn_key(&job[i], 0, now), i };
	heap_make(t->turn, sizeof *t->turn, jobs, turn_before, NULL);
	return true;
}

/* The job whose turn it is: there is one. */
static uint32_t turns_next(struct turns *t, const struct planner *p, const struct planner_job *job,
			   double now)
{
	for (;;) {
		uint32_t j = t->turn[0].job, shape = job[j].shape;
		double key;

		if (t->carry[shape] < 0)
			t->carry[shape] = least_carry(p, &p->shape[shape]);
		key = turn_key(&job[j], t->carry[shape], now);
		if (key <= t->turn[0].key) {
			t->turn[0] = t->turn[--t->count];
			heap_down(t->turn, sizeof *t->turn, t->count, 0, turn_before, NULL);
			return j;
		}
		t->turn[0].key = key;
		heap_down(t->turn, sizeof *t->turn, t->count, 0, turn_before, NULL);
	}
}

int planner_round(struct planner *p, const struct planner_job *job, uint32_t jobs, double now,
		  uint32_t most, struct planner_choice *choice, struct diag *d)
{
	struct turns t;
	uint32_t made = 0, left = 0;
	bool ok = turns_begin(&t, p, job, jobs, now);

	planner_begin(p);
	while (ok && t.count && left < most) {
		struct planner_choice *c = &choice[made++];

		c->job = turns_next(&t, p, job, now);
		ok = planner_place(p, &job[c->job], now, c);
		left += !c->go;
	}
	planner_end(p, now);
	free(t.turn);
	free(t.carry);
	return ok ? (int)made : diag_nomem(d);
}
