/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t site_cores[SIM_SITES] = { 24, 32, 48, 64, 96, 128, 160, 232 };
static const double site_speed[SIM_SITES] = { 1.0, 0.8, 1.2, 0.9, 1.0, 1.3, 0.7, 1.1 };
static const double site_gbit[SIM_SITES] = { 10, 0.1, 1, 0.5, 2, 10, 1, 5 };
static const double site_cache[SIM_SITES] = { 1.5, .5, .5, 1, 1, 1.5, 1, 1 };
static const double core_load = 0.70, far_weight = 2;

void world_fail(struct world *w, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (w->failed)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	w->failed = diag_set(w->d, "at %.3f s: %s", w->now, text);
}

/* --- events -------------------------------------------------------------------------- */

static bool before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at < b->at || (a->at <= b->at && a->order < b->order);
}

static void swap(struct sim_event *a, struct sim_event *b)
{
	struct sim_event t = *a;

	*a = *b;
	*b = t;
}

void world_at(struct world *w, double at, uint32_t what, uint32_t index, uint32_t version)
{
	uint32_t i = w->events;

	if (at >= INFINITY)
		return;
	if (w->events == w->event_cap) {
		uint32_t cap = w->event_cap ? w->event_cap * 2 : 1024;
		struct sim_event *more = realloc(w->event, cap * sizeof *more);

		if (!more) {
			w->failed = diag_nomem(w->d);
			return;
		}
		w->event = more;
		w->event_cap = cap;
	}
	w->event[w->events++] = (struct sim_event){ at, w->orders++, what, index, version };
	for (; i && before(&w->event[i], &w->event[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&w->event[i], &w->event[(i - 1) / 2]);
}

static struct sim_event take_event(struct world *w)
{
	struct sim_event first = w->event[0];
	uint32_t i = 0;

	w->event[0] = w->event[--w->events];
	for (;;) {
		uint32_t least = i;

		for (uint32_t k = 2 * i + 1; k <= 2 * i + 2 && k < w->events; k++)
			if (before(&w->event[k], &w->event[least]))
				least = k;
		if (least == i)
			return first;
		swap(&w->event[i], &w->event[least]);
		i = least;
	}
}

/* --- lines --------------------------------------------------------------------------- */

double world_weight(const struct world *w, uint32_t site, uint32_t file)
{
	return site % SIM_STORES == w->t->file[file].store ? 1 : far_weight;
}

static void expect_link(struct world *w, uint32_t site)
{
	struct link *l = &w->site[site].link;

	world_at(w, link_next(l), EVENT_LINK, site, l->version);
}

uint32_t world_transfer(struct world *w, const struct sim_transfer *t, double weight)
{
	uint32_t i = w->transfer_free;

	if (i != NONE) {
		w->transfer_free = w->transfer[i].waits;
	} else {
		if (w->transfers == w->transfer_cap) {
			uint32_t cap = w->transfer_cap ? w->transfer_cap * 2 : 1024;
			struct sim_transfer *more = realloc(w->transfer, cap * sizeof *more);

			if (!more) {
				w->failed = diag_nomem(w->d);
				return NONE;
			}
			w->transfer = more;
			w->transfer_cap = cap;
		}
		i = w->transfers++;
	}
	w->transfer[i] = *t;
	if (!link_add(&w->site[t->site].link, w->now, (double)t->bytes * weight, i)) {
		w->failed = diag_nomem(w->d);
		return NONE;
	}
	expect_link(w, t->site);
	return i;
}

/* --- jobs ---------------------------------------------------------------------------- */

static void release(struct world *w, uint32_t job)
{
	struct sim_state *st = &w->state[job];

	st->phase = SIM_WAITS;
	st->released = w->now;
	st->place = w->waitings;
	w->waiting[w->waitings++] = job;
}

static void finish(struct world *w, uint32_t job)
{
	const struct sim_list *next = &w->t->job[job].next;

	w->state[job].phase = SIM_DONE;
	w->state[job].done = w->now;
	w->done++;
	for (uint32_t i = 0; i < next->count; i++) {
		uint32_t n = w->t->list[next->first + i];

		if (--w->state[n].deps == 0 && w->now >= w->t->job[n].submit * w->scale)
			release(w, n);
	}
}

void world_deliver(struct world *w, uint32_t job)
{
	struct sim_transfer t = { w->state[job].site, true, false, NONE, job, NONE, 1,
				  w->t->job[job].out_bytes, w->now };

	if (t.bytes)
		world_transfer(w, &t, 1);
	else
		finish(w, job);
}

static void link_event(struct world *w, uint32_t site)
{
	struct link *l = &w->site[site].link;
	uint32_t i = link_take(l, w->now);
	struct sim_transfer t = w->transfer[i];

	if (t.out)
		finish(w, t.job);
	else
		world_arrived(w, i);
	w->transfer[i].waits = w->transfer_free;
	w->transfer_free = i;
	expect_link(w, site);
	if (!t.out)
		world_start_jobs(w, site);
	l->delivered += (double)t.bytes * (t.out ? 1 : world_weight(w, site, t.file));
	if (l->delivered > l->rate * l->busy * (1 + 1e-6) + 1 || l->busy > w->now * (1 + 1e-9))
		world_fail(w, "the line of site %u carried more than it can", site);
}

static void happen(struct world *w, const struct sim_event *e)
{
	if (e->what == EVENT_LINK && e->version != w->site[e->index].link.version)
		return;
	w->changed = true;
	if (e->what == EVENT_LINK)
		link_event(w, e->index);
	else if (e->what == EVENT_RUN_END)
		world_run_ended(w, e->index);
	else if (w->state[e->index].deps == 0 && w->state[e->index].phase == SIM_UNBORN)
		release(w, e->index);
}

bool world_step(struct world *w, double until)
{
	while (w->events && !w->failed && w->event[0].at <= until) {
		struct sim_event e = take_event(w);

		if (e.at > w->now)
			w->now = e.at;
		happen(w, &e);
	}
	if (w->failed || w->done == w->t->jobs)
		return false;
	if (until < INFINITY && until > w->now)
		w->now = until;
	if (!w->events && !w->waitings) {
		world_fail(w, "nothing happens any more, and %u jobs are not done", w->t->jobs - w->done);
		return false;
	}
	return true;
}

/* --- the platform ---------------------------------------------------------------------- */

bool world_fits(const struct world *w, uint32_t job, uint32_t site)
{
	return w->t->job[job].cores <= w->site[site].cores;
}

/* splitmix64, and a standard normal out of two of its numbers. */
static uint64_t draw(uint64_t *x)
{
	uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double normal(uint64_t *x)
{
	double u = ((double)(draw(x) >> 11) + 0.5) / 9007199254740992.0;
	double v = (double)(draw(x) >> 11) / 9007199254740992.0;

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static uint32_t cores_of(const struct sim_options *o, uint32_t site)
{
	double cores = round(site_cores[site] * o->core_scale);

	return cores < 1 ? 1 : (uint32_t)cores;
}

uint32_t world_most_cores(const struct sim_options *o)
{
	return cores_of(o, SIM_SITES - 1);
}

static int make_site(struct world *w, uint32_t i, uint64_t largest)
{
	struct sim_site *s = &w->site[i];
	double sum = 0;

	s->cores = cores_of(&w->o, i);
	s->speed = site_speed[i];
	s->newest = s->oldest = NONE;
	s->copy = calloc(w->t->files + 1, sizeof *s->copy);
	if (!s->copy)
		return diag_nomem(w->d);
	for (uint32_t k = 0; k < SIM_SITES; k++)
		sum += site_gbit[k];
	/* Without any cache the lines would be loaded so much. */
	s->link.rate = site_gbit[i] / sum * (double)w->t->wanted / w->span / w->o.wan_load;
	if (!(s->link.rate > 0))
		s->link.rate = 1e9 * site_gbit[i] / 8;
	s->cache = (uint64_t)(w->o.cache * (double)w->t->compulsory * site_cache[i]);
	if (s->cache < 2 * largest)
		s->cache = 2 * largest;
	return 0;
}

static int make_sites(struct world *w)
{
	double speed = 0, last = 0;
	uint64_t largest = 0;

	for (uint32_t i = 0; i < SIM_SITES; i++)
		speed += cores_of(&w->o, i) * site_speed[i];
	for (uint32_t f = 0; f < w->t->files; f++)
		if (w->t->file[f].read && w->t->file[f].bytes > largest)
			largest = w->t->file[f].bytes;
	for (uint32_t j = 0; j < w->t->jobs; j++)
		if (w->t->job[j].submit > last)
			last = w->t->job[j].submit;
	w->span = w->t->work / (core_load * speed);
	w->scale = last > 0 ? w->span / last : 1;
	for (uint32_t i = 0; i < SIM_SITES; i++)
		if (make_site(w, i, largest) < 0)
			return -1;
	return 0;
}

static int make_jobs(struct world *w)
{
	uint64_t x = w->o.seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

	w->state = calloc(w->t->jobs, sizeof *w->state);
	w->waiting = calloc(w->t->jobs, sizeof *w->waiting);
	if (!w->state || !w->waiting)
		return diag_nomem(w->d);
	for (uint32_t j = 0; j < w->t->jobs; j++) {
		w->state[j].deps = w->t->job[j].deps;
		w->state[j].estimate = w->t->job[j].runtime * exp(w->o.sigma * normal(&x));
		world_at(w, w->t->job[j].submit * w->scale, EVENT_SUBMIT, j, 0);
	}
	return w->failed;
}

int world_init(struct world *w, const struct trace *t, const struct sim_options *o, struct diag *d)
{
	*w = (struct world){ .t = t, .o = *o, .d = d, .transfer_free = NONE, .wait_free = NONE };
	if (make_sites(w) == 0 && make_jobs(w) == 0)
		return 0;
	world_free(w);
	return -1;
}

void world_free(struct world *w)
{
	for (uint32_t i = 0; i < SIM_SITES; i++) {
		link_free(&w->site[i].link);
		free(w->site[i].copy);
		free(w->site[i].held);
		free(w->site[i].running);
	}
	for (uint32_t j = 0; w->state && j < w->t->jobs; j++)
		free(w->state[j].pinned);
	free(w->state);
	free(w->waiting);
	free(w->transfer);
	free(w->wait);
	free(w->event);
	*w = (struct world){ 0 };
}
