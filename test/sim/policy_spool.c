/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

/* So many may be left waiting with something kept for them. */
enum { AHEAD = 200 };

static void describe(struct planner_job *j, const struct world *w, uint32_t job)
{
	const struct sim_job *t = &w->t->job[job];

	*j = (struct planner_job){ t->shape, t->out_bytes, w->state[job].estimate, w->state[job].released };
}

static void send(struct policy *p, struct world *w, uint32_t job, uint32_t site,
		 const struct planner_offer *o)
{
	const struct planner_shape *s = &p->planner.shape[w->t->job[job].shape];

	w->state[job].staged = o->staged;
	/* What is fetched for it will be there then. */
	for (uint32_t i = 0; i < s->files; i++) {
		double *there = &p->planner.there[(size_t)s->file[i] * SIM_SITES + site];

		if (*there >= PLANNER_NEVER)
			*there = o->staged;
	}
	world_send(w, job, site);
}

static void set_price(struct policy *p, const struct world *w)
{
	double rate = 0;

	for (uint32_t i = 0; i < SIM_SITES; i++)
		rate += w->site[i].link.rate / SIM_SITES;
	byte_price_begin(&p->planner.price, 1 / rate);
	p->planner.price.adapts = p->byte_price < 0;
	if (p->byte_price >= 0)
		p->planner.price.each = p->byte_price / rate;
}

void policy_spool(struct policy *p, struct world *w)
{
	int n;

	for (uint32_t i = 0; i < w->waitings; i++) {
		p->queue[i] = w->waiting[i];
		describe(&p->job[i], w, w->waiting[i]);
	}
	facts_tell(p, w);
	set_price(p, w);
	n = planner_round(&p->planner, p->job, w->waitings, w->now, AHEAD, p->choice, w->d);
	if (n < 0)
		w->failed = -1;
	for (int i = 0; i < n; i++)
		if (p->choice[i].go)
			send(p, w, p->queue[p->choice[i].job], p->choice[i].site, &p->choice[i].offer);
}

void policy_ect(struct policy *p, struct world *w)
{
	uint32_t n = policy_queue(p, w);

	for (uint32_t i = 0; i < n; i++) {
		struct planner_job j;
		struct planner_offer o, best = { .delivered = PLANNER_NEVER };
		uint32_t site = NONE;

		describe(&j, w, p->queue[i]);
		facts_tell(p, w);
		planner_begin(&p->planner);
		for (uint32_t k = 0; k < SIM_SITES; k++) {
			if (!p->planner.shape[j.shape].may[k])
				continue;
			planner_look(&p->planner, &j, k, w->now, &o);
			if (o.delivered < best.delivered) {
				best = o;
				site = k;
			}
		}
		send(p, w, p->queue[i], site, &best);
	}
}
