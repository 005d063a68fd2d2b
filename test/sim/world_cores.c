/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool push(struct world *w, uint32_t **list, uint32_t *n, uint32_t *cap, uint32_t v)
{
	if (*n == *cap) {
		uint32_t more = *cap ? *cap * 2 : 64;
		uint32_t *p = realloc(*list, more * sizeof *p);

		if (!p) {
			w->failed = diag_nomem(w->d);
			return false;
		}
		*list = p;
		*cap = more;
	}
	(*list)[(*n)++] = v;
	return true;
}

static void start(struct world *w, uint32_t job)
{
	struct sim_site *s = &w->site[w->state[job].site];
	const struct sim_job *j = &w->t->job[job];
	struct sim_state *st = &w->state[job];

	s->busy += j->cores;
	if (s->busy > s->cores)
		world_fail(w, "site %u runs on more cores than it has", st->site);
	st->phase = SIM_RUNS;
	st->started = w->now;
	w->core_seconds += j->runtime / s->speed * j->cores;
	world_at(w, w->now + j->runtime / s->speed, EVENT_RUN_END, job, 0);
	push(w, &s->running, &s->runnings, &s->running_cap, job);
}

/* As far as one can tell, when so many cores are free; *spare: those that are
 * free beyond them then. */
static double free_at(const struct world *w, const struct sim_site *s, uint32_t cores, uint32_t *spare)
{
	double last = w->now;
	uint32_t have = s->cores - s->busy;
	bool taken[s->runnings + 1];

	memset(taken, 0, sizeof taken);
	while (have < cores) {
		uint32_t least = NONE;
		double when = INFINITY;

		for (uint32_t i = 0; i < s->runnings; i++) {
			const struct sim_state *st = &w->state[s->running[i]];
			double end = st->started + st->estimate / s->speed;

			if (!taken[i] && end < when) {
				when = end;
				least = i;
			}
		}
		if (least == NONE)
			break;
		taken[least] = true;
		have += w->t->job[s->running[least]].cores;
		last = when > w->now ? when : w->now;
	}
	*spare = have > cores ? have - cores : 0;
	return last;
}

/* The first that is ready and does not fit waits for its cores; later ones may
 * start before it if they end by then, or leave it enough. */
void world_start_jobs(struct world *w, uint32_t site)
{
	struct sim_site *s = &w->site[site];
	uint32_t spare = 0, kept = 0;
	double shadow = INFINITY;

	for (uint32_t i = 0; i < s->helds; i++) {
		uint32_t job = s->held[i], cores = w->t->job[job].cores;
		bool may = w->state[job].phase == SIM_READY && cores <= s->cores - s->busy;

		if (may && shadow < INFINITY &&
		    w->now + w->state[job].estimate / s->speed > shadow) {
			may = cores <= spare;
			spare -= may ? cores : 0;
		}
		if (may)
			start(w, job);
		else
			s->held[kept++] = job;
		if (!may && w->state[job].phase == SIM_READY && shadow >= INFINITY)
			shadow = free_at(w, s, cores, &spare);
		if (s->busy == s->cores) {	/* nobody else can */
			memmove(s->held + kept, s->held + i + 1, (s->helds - i - 1) * sizeof *s->held);
			s->helds -= i + 1 - kept;
			return;
		}
	}
	s->helds = kept;
}

void world_run_ended(struct world *w, uint32_t job)
{
	struct sim_state *st = &w->state[job];
	struct sim_site *s = &w->site[st->site];

	s->busy -= w->t->job[job].cores;
	s->held_cores -= w->t->job[job].cores;
	for (uint32_t i = 0; i < s->runnings; i++)
		if (s->running[i] == job) {
			s->running[i] = s->running[--s->runnings];
			break;
		}
	st->phase = SIM_DELIVERS;
	world_unpin(w, job);
	world_keep_outputs(w, job);
	world_deliver(w, job);
	world_start_jobs(w, st->site);
}

void world_send(struct world *w, uint32_t job, uint32_t site)
{
	struct sim_state *st = &w->state[job];
	struct sim_site *s = &w->site[site];

	if (st->phase != SIM_WAITS || !world_fits(w, job, site)) {
		world_fail(w, "the policy sent job %u, which does not wait or fit, to site %u", job, site);
		return;
	}
	w->waiting[st->place] = w->waiting[--w->waitings];
	w->state[w->waiting[st->place]].place = st->place;
	st->site = (uint8_t)site;
	st->sent = w->now;
	s->held_cores += w->t->job[job].cores;
	if (!push(w, &s->held, &s->helds, &s->held_cap, job))
		return;
	st->phase = SIM_STAGES;
	world_stage(w, job);
	if (!st->missing) {
		st->phase = SIM_READY;
		world_start_jobs(w, site);
	}
}
