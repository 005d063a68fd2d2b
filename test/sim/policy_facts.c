/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include <stdlib.h>

#include "run_times.h"

/* Files come and go at sites. */
static void copy_changed(void *arg, uint32_t site, uint32_t file, enum copy_state state)
{
	struct policy *p = arg;
	struct planner *l = &p->planner;
	double *there = &l->there[(size_t)file * l->sites + site];

	if (state == COPY_NONE)
		*there = PLANNER_NEVER;
	else if (state == COPY_HERE)
		*there = 0;
	else if (*there >= PLANNER_NEVER)
		*there = 0;		/* until the next round tells when */
}

int facts_init(struct policy *p, struct world *w, struct diag *d)
{
	struct planner *l = &p->planner;

	if (planner_init(l, SIM_SITES, w->t->files, SIM_STORES, d) < 0)
		return -1;
	l->shapes = w->t->shapes;
	l->shape = calloc(l->shapes + 1, sizeof *l->shape);
	if (!l->shape)
		return diag_nomem(d);
	for (uint32_t i = 0; i < l->shapes; i++) {
		const struct sim_shape *s = &w->t->shape[i];

		uint8_t *may = calloc(SIM_SITES, 1);

		if (!may)
			return diag_nomem(d);
		l->shape[i] = (struct planner_shape){ .cores = s->cores, .may = may };
		l->shape[i].file = w->t->list + s->in.first;
		l->shape[i].files = w->o.datafree ? 0 : s->in.count;
		for (uint32_t k = 0; k < SIM_SITES; k++)
			may[k] = s->cores <= w->site[k].cores;
	}
	for (uint32_t f = 0; f < w->t->files; f++) {
		l->bytes[f] = w->t->file[f].bytes;
		l->store[f] = w->t->file[f].store;
	}
	for (uint32_t i = 0; i < SIM_SITES; i++) {
		l->site[i].speed = w->site[i].speed;
		l->site[i].rate = w->site[i].link.rate;
		l->site[i].open = true;
		l->site[i].every = POLICY_EVERY;
		for (uint32_t k = 0; k < SIM_STORES; k++)
			l->carry[k * SIM_SITES + i] = (i % SIM_STORES == k ? 1 : 2) / w->site[i].link.rate;
	}
	w->copy_changed = copy_changed;
	w->arg = p;
	return 0;
}

static void tell_cores(struct policy *p, const struct world *w, uint32_t site)
{
	const struct sim_site *s = &w->site[site];
	struct cores *c = &p->planner.site[site].cores;

	*c = (struct cores){ .total = (float)s->cores };
	for (uint32_t i = 0; i < s->runnings; i++) {
		const struct sim_state *st = &w->state[s->running[i]];

		cores_take(c, w->t->job[s->running[i]].cores, 0,
			   run_times_left(st->estimate / s->speed, w->now - st->started));
	}
	for (uint32_t i = 0; i < s->helds; i++) {
		const struct sim_state *st = &w->state[s->held[i]];
		uint32_t cores = w->t->job[s->held[i]].cores;
		double from = st->staged > w->now && st->missing ? st->staged - w->now : 0;
		double start = cores_start(c, cores, from);

		cores_take(c, cores, start, start + st->estimate / s->speed);
	}
}

static void tell_line(struct policy *p, const struct world *w, uint32_t site)
{
	const struct link *l = &w->site[site].link;
	struct line_load *line = &p->planner.site[site].line;
	double level = l->level + (l->items ? (w->now - l->now) * l->rate / l->items : 0);

	*line = (struct line_load){ 0 };
	for (uint32_t i = 0; i < l->items; i++)
		line_load_add(line, (l->item[i].done - level) / l->rate,
			      w->transfer[l->item[i].transfer].waiters);
}

void facts_tell(struct policy *p, const struct world *w)
{
	for (uint32_t i = 0; i < SIM_SITES; i++) {
		tell_cores(p, w, i);
		tell_line(p, w, i);
	}
}
