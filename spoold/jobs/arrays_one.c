/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told to one task of an array that is not made yet: it goes from one set of
 * places to another, and the array's file gets a line that says where all are. */
#include "after.h"
#include "arrays_part.h"
#include "transition.h"

static bool move(struct ranges *from, struct ranges *to, uint32_t place)
{
	if (!ranges_add(to, place, place))
		return false;
	if (ranges_remove(from, place))
		return true;
	ranges_remove(to, place);
	return false;
}

static int say(struct hub *h, const struct array_run *run, const char *what, uint32_t index, const char *by,
	       const char *reason, struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	line_begin(&line);
	array_state(&line, run);
	line_time(&line, "time", h->now);
	line_int(&line, what, index);
	line_text(&line, "by", by);
	if (reason)
		line_text(&line, "text", reason);
	r = transition_remark(h, run->job, &line, d);
	buf_free(&line);
	return r;
}

static int move_one(struct hub *h, struct array_run *run, struct ranges *from, struct ranges *to, uint32_t place,
		    const char *what, const char *by, const char *reason, struct diag *d)
{
	if (!move(from, to, place))
		return diag_nomem(d);
	if (say(h, run, what, array_index(run->spec, place), by, reason, d) < 0) {
		move(to, from, place);
		return -1;
	}
	array_due(h, run);
	return 0;
}

int arrays_strike(struct hub *h, uint32_t array, uint32_t index, const char *by, const char *reason, struct diag *d)
{
	struct array_run *run = array_run_of(h, array);
	uint32_t place = array_place(run->spec, index);
	struct ranges *from = ranges_has(&run->held, place) ? &run->held : &run->todo;
	struct uuid id;

	array_task_id(h, run, place, &id);
	if (move_one(h, run, from, &run->bad, place, "cancelled", by, reason, d) < 0)
		return -1;
	after_ended(h, &id, PHASE_CANCELLED);
	return 0;
}

int arrays_hold(struct hub *h, uint32_t array, uint32_t index, bool on, const char *by, struct diag *d)
{
	struct array_run *run = array_run_of(h, array);
	uint32_t place = array_place(run->spec, index);
	struct ranges *from = on ? &run->todo : &run->held, *to = on ? &run->held : &run->todo;

	if (!ranges_has(from, place) && !on && h->jobs.job[array].held)
		return diag_set(d, "the whole array is held; release that");
	if (!ranges_has(from, place))
		return 0;
	return move_one(h, run, from, to, place, on ? "held-task" : "released-task", by, NULL, d);
}

bool array_unhold(struct array_run *run)
{
	for (uint32_t i = 0; i < run->held.count; i++)
		if (!ranges_add(&run->todo, run->held.range[i].from, run->held.range[i].to))
			return false;
	ranges_clear(&run->held);
	return true;
}

int arrays_release(struct hub *h, uint32_t array, struct diag *d)
{
	struct array_run *run = array_run_of(h, array);

	array_due(h, run);
	return array_unhold(run) ? 0 : diag_nomem(d);
}
