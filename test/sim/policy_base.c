/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

static const double delay_s = 60;

static double load(const struct sim_site *s)
{
	return (double)s->held_cores / s->cores;
}

static bool has_room(const struct policy *p, const struct world *w, uint32_t job, uint32_t site)
{
	const struct sim_site *s = &w->site[site];

	return world_fits(w, job, site) &&
	       s->held_cores + w->t->job[job].cores <= p->hold * s->cores;
}

static bool any_room(const struct policy *p, const struct world *w)
{
	for (uint32_t i = 0; i < SIM_SITES; i++)
		if (w->site[i].held_cores + 1 <= p->hold * w->site[i].cores)
			return true;
	return false;
}

static uint64_t local(const struct world *w, uint32_t job, uint32_t site)
{
	const struct sim_list *in = &w->t->job[job].in;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < in->count; i++) {
		uint32_t f = w->t->list[in->first + i];

		if (w->site[site].copy[f].state != COPY_NONE)
			bytes += w->t->file[f].bytes;
	}
	return bytes;
}

/* The least loaded with room; NONE. */
static uint32_t least_loaded(const struct policy *p, const struct world *w, uint32_t job)
{
	uint32_t best = NONE;

	for (uint32_t i = 0; i < SIM_SITES; i++)
		if (has_room(p, w, job, i) && (best == NONE || load(&w->site[i]) < load(&w->site[best])))
			best = i;
	return best;
}

/* That with room which holds most, of equals the least loaded; NONE. */
static uint32_t most_local(const struct policy *p, const struct world *w, uint32_t job, uint64_t *bytes)
{
	uint32_t best = NONE;

	*bytes = 0;
	for (uint32_t i = 0; i < SIM_SITES; i++) {
		uint64_t here;

		if (!has_room(p, w, job, i))
			continue;
		here = local(w, job, i);
		if (best == NONE || here > *bytes ||
		    (here == *bytes && load(&w->site[i]) < load(&w->site[best]))) {
			best = i;
			*bytes = here;
		}
	}
	return best;
}

static bool lies_somewhere(const struct world *w, uint32_t job)
{
	for (uint32_t i = 0; i < SIM_SITES; i++)
		if (local(w, job, i))
			return true;
	return false;
}

void policy_fifo(struct policy *p, struct world *w)
{
	uint32_t n = any_room(p, w) ? policy_queue(p, w) : 0;

	for (uint32_t i = 0; i < n && any_room(p, w); i++) {
		uint32_t site = least_loaded(p, w, p->queue[i]);

		if (site != NONE)
			world_send(w, p->queue[i], site);
	}
}

void policy_greedy(struct policy *p, struct world *w)
{
	uint32_t n = any_room(p, w) ? policy_queue(p, w) : 0;
	uint64_t bytes;

	for (uint32_t i = 0; i < n && any_room(p, w); i++) {
		uint32_t site = most_local(p, w, p->queue[i], &bytes);

		if (site != NONE)
			world_send(w, p->queue[i], site);
	}
}

void policy_delay(struct policy *p, struct world *w)
{
	uint32_t n = any_room(p, w) ? policy_queue(p, w) : 0;
	uint64_t bytes;

	p->wake = PLANNER_NEVER;
	for (uint32_t i = 0; i < n && any_room(p, w); i++) {
		uint32_t job = p->queue[i], site = most_local(p, w, job, &bytes);
		double until = w->state[job].released + delay_s;

		if (site == NONE)
			continue;
		if (bytes || w->now >= until || !lies_somewhere(w, job))
			world_send(w, job, site);
		else if (until < p->wake)
			p->wake = until;
	}
}
