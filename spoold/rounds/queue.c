/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "hub.h"
#include "round_plan.h"
#include "shapes.h"

/* --- the table of lanes ------------------------------------------------------------ */

static uint32_t hash(uint32_t shape, uint32_t owner)
{
	return lookup_hash((uint64_t)shape << 32 | owner);
}

static uint32_t find(const struct lanes *t, uint32_t shape, uint32_t owner)
{
	uint32_t i, at = 0;

	while ((i = lookup_next(&t->by_key, hash(shape, owner), &at)) != NO_ITEM)
		if (t->lane[i].shape == shape && t->lane[i].owner == owner)
			return i;
	return NO_LANE;
}

/* NO_LANE: out of memory. */
static uint32_t add(struct lanes *t, uint32_t shape, uint32_t owner)
{
	uint32_t i = t->free;

	if (!lookup_reserve(&t->by_key) ||
	    (i == NO_LANE && !grow(&t->lane, t->used, &t->cap, sizeof *t->lane)))
		return NO_LANE;
	if (i == NO_LANE)
		i = t->used++;
	else
		t->free = t->lane[i].next;
	t->lane[i] = (struct lane){ .shape = shape, .owner = owner, .queue = JOB_LIST_INIT };
	lookup_add(&t->by_key, hash(shape, owner), i);
	return i;
}

static void forget(struct lanes *t, uint32_t lane)
{
	lookup_remove(&t->by_key, hash(t->lane[lane].shape, t->lane[lane].owner), lane);
	t->lane[lane].next = t->free;
	t->free = lane;
}

void lanes_free(struct lanes *t)
{
	free(t->lane);
	lookup_free(&t->by_key);
	*t = (struct lanes){ .free = NO_LANE };
}

int queue_join(struct hub *h, uint32_t j, struct diag *d)
{
	struct lanes *t = &h->lanes;
	struct job *job = &h->jobs.job[j];
	uint32_t lane = find(t, job->shape, job->owner);

	if (lane == NO_LANE && (lane = add(t, job->shape, job->owner)) == NO_LANE)
		return diag_nomem(d);
	job->lane = lane;
	t->lane[lane].jobs++;
	shapes_join(h, job->shape);
	return 0;
}

void queue_leave(struct hub *h, uint32_t j)
{
	struct lane *l = &h->lanes.lane[h->jobs.job[j].lane];

	queue_take(h, j);
	if (--l->jobs == 0)
		forget(&h->lanes, h->jobs.job[j].lane);
	shapes_part(h, h->jobs.job[j].shape);
}

/* --- the lanes of one shape that have jobs ----------------------------------------- */

static void link_lane(struct hub *h, uint32_t lane)
{
	struct lane *l = &h->lanes.lane[lane];
	struct shape_row *row = &h->shapes.row[l->shape];

	l->prev = NO_LANE;
	l->next = row->queue.first;
	if (l->next != NO_LANE)
		h->lanes.lane[l->next].prev = lane;
	row->queue.first = lane;
}

static void unlink_lane(struct hub *h, uint32_t lane)
{
	struct lane *l = &h->lanes.lane[lane];
	struct shape_row *row = &h->shapes.row[l->shape];

	if (l->prev != NO_LANE)
		h->lanes.lane[l->prev].next = l->next;
	else
		row->queue.first = l->next;
	if (l->next != NO_LANE)
		h->lanes.lane[l->next].prev = l->prev;
}

/* --- jobs -------------------------------------------------------------------------- */

static void put_in_lane(struct hub *h, uint32_t j, bool front)
{
	struct job *job = &h->jobs.job[j];
	struct lane *l = &h->lanes.lane[job->lane];
	struct shape_row *row = &h->shapes.row[job->shape];

	if (!l->queue.count)
		link_lane(h, job->lane);
	(front ? job_list_prepend : job_list_append)(&h->jobs, &l->queue, j);
	if (!row->queue.count++)
		shapes_busy(h, job->shape);
	row->dirty = true;
}

void queue_put(struct hub *h, uint32_t j, bool front)
{
	struct job *job = &h->jobs.job[j];

	job->hangs = job->held ? HANGS_HELD : job->waits || job->rests || job->aside
			? HANGS_ASIDE : HANGS_IN_LANE;
	if (job->hangs == HANGS_IN_LANE)
		put_in_lane(h, j, front);
	else
		job_list_append(&h->jobs, job->held ? &h->on_hold : &h->aside, j);
}

void queue_take(struct hub *h, uint32_t j)
{
	struct job *job = &h->jobs.job[j];
	struct lane *l = &h->lanes.lane[job->lane];

	round_unplan(h, j);
	switch (job->hangs) {
	case HANGS_IN_LANE:
		job_list_remove(&h->jobs, &l->queue, j);
		if (!--h->shapes.row[job->shape].queue.count)
			shapes_rest(h, job->shape);
		h->shapes.row[job->shape].dirty = true;
		if (!l->queue.count)
			unlink_lane(h, job->lane);
		break;
	case HANGS_HELD:
		job_list_remove(&h->jobs, &h->on_hold, j);
		break;
	case HANGS_ASIDE:
		job_list_remove(&h->jobs, &h->aside, j);
		break;
	default:
		break;
	}
	job->hangs = HANGS_NOWHERE;
}

uint32_t queue_first(const struct hub *h, uint32_t lane)
{
	return h->lanes.lane[lane].queue.head;
}

uint32_t queue_any(const struct hub *h, uint32_t shape)
{
	uint32_t lane = h->shapes.row[shape].queue.first;

	return lane == NO_LANE ? NO_JOB : queue_first(h, lane);
}
