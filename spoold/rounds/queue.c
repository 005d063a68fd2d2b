/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

#include "hub.h"
#include "round_plan.h"
#include "shapes.h"

/* --- the table of lanes: an open hash by shape and owner ------------------------- */

static uint32_t hash(uint32_t shape, uint32_t owner)
{
	uint64_t x = ((uint64_t)shape << 32 | owner) * 0x9e3779b97f4a7c15u;

	return (uint32_t)(x >> 32);
}

static uint32_t home(const struct lanes *t, uint32_t lane)
{
	return hash(t->lane[lane].shape, t->lane[lane].owner) & (t->slots - 1);
}

static uint32_t find_slot(const struct lanes *t, uint32_t shape, uint32_t owner)
{
	uint32_t i = hash(shape, owner) & (t->slots - 1);

	for (; t->slot[i]; i = (i + 1) & (t->slots - 1)) {
		const struct lane *l = &t->lane[t->slot[i] - 1];

		if (l->shape == shape && l->owner == owner)
			break;
	}
	return i;
}

static bool grow_slots(struct lanes *t)
{
	uint32_t slots = t->slots ? t->slots * 2 : 64, *slot;

	if (t->slots && (t->count + 1) * 3 <= t->slots * 2)
		return true;
	slot = calloc(slots, sizeof *slot);
	if (!slot)
		return false;
	free(t->slot);
	t->slot = slot;
	t->slots = slots;
	for (uint32_t i = 0; i < t->used; i++)
		if (t->lane[i].jobs)
			slot[find_slot(t, t->lane[i].shape, t->lane[i].owner)] = i + 1;
	return true;
}

static bool grow_lanes(struct lanes *t)
{
	uint32_t cap = t->cap ? t->cap * 2 : 64;
	struct lane *more;

	if (t->free != NO_LANE || t->used < t->cap)
		return true;
	more = realloc(t->lane, cap * sizeof *more);
	if (!more)
		return false;
	t->lane = more;
	t->cap = cap;
	return true;
}

static void forget(struct lanes *t, uint32_t lane)
{
	uint32_t mask = t->slots - 1, hole = find_slot(t, t->lane[lane].shape, t->lane[lane].owner), i = hole;

	/* What was pushed past the hole is moved back into it. */
	while (t->slot[i = (i + 1) & mask])
		if (((i - home(t, t->slot[i] - 1)) & mask) >= ((i - hole) & mask)) {
			t->slot[hole] = t->slot[i];
			hole = i;
		}
	t->slot[hole] = 0;
	t->count--;
	t->lane[lane].next = t->free;
	t->free = lane;
}

void lanes_free(struct lanes *t)
{
	free(t->lane);
	free(t->slot);
	*t = (struct lanes){ .free = NO_LANE };
}

int queue_join(struct hub *h, uint32_t j, struct diag *d)
{
	struct lanes *t = &h->lanes;
	struct job *job = &h->jobs.job[j];
	uint32_t i;

	if (!grow_slots(t) || !grow_lanes(t))
		return diag_nomem(d);
	i = find_slot(t, job->shape, job->owner);
	if (!t->slot[i]) {
		uint32_t lane = t->free == NO_LANE ? t->used++ : t->free;

		if (lane == t->free)
			t->free = t->lane[lane].next;
		t->lane[lane] = (struct lane){ .shape = job->shape, .owner = job->owner,
					       .queue = JOB_LIST_INIT };
		t->slot[i] = lane + 1;
		t->count++;
	}
	job->lane = t->slot[i] - 1;
	t->lane[job->lane].jobs++;
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
