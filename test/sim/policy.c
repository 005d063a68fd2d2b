/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

static const struct policy known[] = {
	{ .name = "fifo", .round = policy_fifo },
	{ .name = "greedy", .round = policy_greedy },
	{ .name = "delay", .round = policy_delay },
	{ .name = "ect", .round = policy_ect, .planned = true },
	{ .name = "spool", .round = policy_spool, .planned = true },
	{ .name = "datafree", .round = policy_spool, .planned = true },
};

bool policy_find(struct policy *p, const char *name)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].name, name)) {
			*p = known[i];
			p->hold = 2;
			p->byte_price = -1;
			return true;
		}
	return false;
}

int policy_init(struct policy *p, struct world *w, struct diag *d)
{
	p->queue = calloc(w->t->jobs, sizeof *p->queue);
	p->job = calloc(w->t->jobs, sizeof *p->job);
	p->choice = calloc(w->t->jobs + 1, sizeof *p->choice);
	if (!p->queue || !p->job || !p->choice)
		return diag_nomem(d);
	return p->planned ? facts_init(p, w, d) : 0;
}

void policy_free(struct policy *p, struct world *w)
{
	for (uint32_t i = 0; p->planner.shape && i < w->t->shapes; i++)
		free((void *)p->planner.shape[i].may);
	free(p->planner.shape);
	planner_free(&p->planner);
	free(p->queue);
	free(p->job);
	free(p->choice);
}

static const struct sim_state *sorting;

static int by_release(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct sim_state *s = &sorting[x], *t = &sorting[y];

	if (s->released < t->released)
		return -1;
	return s->released > t->released ? 1 : x < y ? -1 : x > y;
}

uint32_t policy_queue(struct policy *p, const struct world *w)
{
	if (w->waitings)
		memcpy(p->queue, w->waiting, w->waitings * sizeof *p->queue);
	sorting = w->state;
	qsort(p->queue, w->waitings, sizeof *p->queue, by_release);
	return w->waitings;
}
