/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round_plan.h"

#include <stdlib.h>

#include "hub.h"
#include "site_time.h"

static void forget(struct hub *h, uint32_t j)
{
	struct plans *p = &h->plans;

	for (uint32_t i = 0; i < p->count; i++)
		if (p->job[i] == j) {
			p->job[i] = p->job[--p->count];
			break;
		}
	h->jobs.job[j].hold = 0;
	h->jobs.job[j].planned_at = NO_SITE;
}

void round_unplan(struct hub *h, uint32_t j)
{
	struct job *job = &h->jobs.job[j];

	if (job->planned_at == NO_SITE)
		return;
	place_give_back(&h->sites.site[job->planned_at]->time, &job->hold);
	forget(h, j);
}

void round_unplan_all(struct hub *h)
{
	while (h->plans.count)
		round_unplan(h, h->plans.job[h->plans.count - 1]);
}

void round_plan_broken(struct hub *h, uint32_t j, uint16_t site, timeline_handle hold)
{
	if (j >= h->jobs.used || h->jobs.job[j].planned_at != site || h->jobs.job[j].hold != hold)
		return;
	h->shapes.row[h->jobs.job[j].shape].dirty = true;
	forget(h, j);
}

static bool has_room(struct plans *p, uint32_t depth)
{
	uint32_t *more;

	if (p->count >= depth)
		return false;
	if (p->count < p->cap)
		return true;
	if (!(more = realloc(p->job, (p->cap + 16) * sizeof *more)))
		return false;
	p->job = more;
	p->cap += 16;
	return true;
}

/* The site where it could start first; NO_SITE: nowhere. */
static uint16_t soonest(struct hub *h, uint32_t shape, const struct candidate *c, int64_t *start)
{
	uint16_t best = NO_SITE;
	int64_t at;

	for (uint32_t i = 0; i < h->sites.count; i++)
		if (c[i].match.may && c[i].later && site_time_start(h, shape, (uint16_t)i, &at) &&
		    (best == NO_SITE || at < *start)) {
			best = (uint16_t)i;
			*start = at;
		}
	return best;
}

void round_plan(struct hub *h, uint32_t j, const struct candidate *c)
{
	struct job *job = &h->jobs.job[j];
	const struct shape *shape = &h->shapes.row[job->shape].shape;
	struct place_take k = { .standing = PLACE_PLANNED, .owner = site_time_owner(&job->id),
				.holder = { .what = HOLD_PLAN, .index = j } };
	uint16_t site;

	if (!has_room(&h->plans, h->config.depth))
		return;
	site = soonest(h, job->shape, c, &k.from);
	if (site == NO_SITE || !place_wish(&h->sites.site[site]->time, shape, k.amount))
		return;
	k.to = k.from + (shape->demand.walltime ? shape->demand.walltime : h->config.length);
	if (place_take(&h->sites.site[site]->time, &k, &job->hold, NULL) != 0)
		return;
	job->planned_at = site;
	h->plans.job[h->plans.count++] = j;
}
