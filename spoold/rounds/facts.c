/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts_part.h"

#include <stdlib.h>
#include <string.h>

#include "hub.h"
#include "instant.h"
#include "out_sizes.h"
#include "site_time.h"

double facts_seconds(int64_t instant)
{
	return (double)instant / 1e6;
}

static void free_by_site(struct facts *f)
{
	free(f->told);
	free(f->may);
	free(f->dislike);
	free(f->prepare);
	free(f->stage_out);
	free(f->home);
	free(f->stored);
	free(f->own);
}

static bool make_by_site(struct facts *f, uint32_t sites)
{
	f->told = calloc(sites, sizeof *f->told);
	f->may = calloc(sites, sizeof *f->may);
	f->dislike = calloc(sites, sizeof *f->dislike);
	f->prepare = calloc(sites, sizeof *f->prepare);
	f->stage_out = calloc(sites, sizeof *f->stage_out);
	f->home = calloc(sites, sizeof *f->home);
	f->stored = calloc(sites, sizeof *f->stored);
	f->own = calloc(sites, sizeof *f->own);
	f->stored_of = f->own_of = 0;
	return f->told && f->may && f->dislike && f->prepare && f->stage_out && f->home && f->stored &&
	       f->own;
}

void facts_free(struct hub *h)
{
	struct facts *f = &h->facts;

	facts_data_free(f);
	f->planner.shape = NULL;
	planner_free(&f->planner);
	free(f->file);
	free_by_site(f);
	memset(f, 0, sizeof *f);
}

void facts_forget_data(struct hub *h)
{
	for (uint32_t i = 0; h->facts.told && i < h->facts.planner.sites; i++)
		h->facts.told[i] = 0;
	for (uint32_t i = 0; i < h->sites.count; i++)
		h->sites.site[i]->told_at = 0;
	facts_tell_files(h);
}

/* --- run times ------------------------------------------------------------------------- */

/* What a job states of itself says more than how long others took. */
static bool states(const struct hub *h, uint32_t j)
{
	const struct job *job = &h->jobs.job[j];
	const struct shape_window *w = h->shapes.row[job->shape].shape.window;

	return w->min || w->max || job->length;
}

enum learned_basis facts_basis(const struct hub *h, uint32_t j, const struct run_times **times)
{
	enum learned_basis b = learned_times(h, j, times);

	return b > LEARNED_SHAPE && states(h, j) ? LEARNED_NOTHING : b;
}

double facts_run(const struct hub *h, uint32_t j, double q)
{
	const struct job *job = &h->jobs.job[j];
	const struct run_times *times;

	if (facts_basis(h, j, &times) != LEARNED_NOTHING)
		return run_times_quantile(times, q);
	return (double)(job->length ? job->length : site_time_length(h, &h->shapes.row[job->shape].shape, 0)) / 1e6;
}

static bool make(struct hub *h, uint32_t sites, uint32_t files)
{
	struct facts *f = &h->facts;
	struct byte_price price = f->planner.price;
	bool made;

	for (uint32_t i = 0; f->coming && i < f->planner.sites; i++)
		free(f->coming[i].file);
	free(f->coming);
	f->coming = calloc(sites, sizeof *f->coming);
	f->planner.shape = NULL;
	planner_free(&f->planner);
	free(f->file);
	free_by_site(f);
	made = make_by_site(f, sites);
	f->file = calloc(files, sizeof *f->file);
	f->file_cap = files;
	f->planner.sites = 0;
	for (uint32_t i = 0; i < h->sites.count; i++)
		h->sites.site[i]->told_at = 0;
	if (!made || !f->file || !f->coming ||
	    planner_init(&f->planner, sites, files, files + 1, NULL) < 0)
		return false;
	f->planner.price = price;
	f->planner.price.adapts = true;
	f->planner.shape = &f->shape;
	f->planner.shapes = 1;
	facts_tell_files(h);
	return true;
}

/* Room for all sites and so many files; what was told before is told again. */
static bool fit(struct hub *h, uint32_t files)
{
	struct facts *f = &h->facts;
	uint32_t sites = f->planner.sites ? f->planner.sites : 16, cap = f->file_cap ? f->file_cap : 64;

	if (f->planner.sites >= h->sites.count && f->file_cap >= files)
		return true;
	while (sites < h->sites.count)
		sites *= 2;
	while (cap < files)
		cap *= 2;
	return make(h, sites, cap);
}

/* --- sites ------------------------------------------------------------------------------ */

static void tell_cores(struct hub *h, uint32_t site)
{
	struct site *s = h->sites.site[site];
	struct cores *c = &h->facts.planner.site[site].cores;
	double now = facts_seconds(h->now);

	*c = (struct cores){ .total = (float)s->doc.cores };
	s->frees = PLANNER_NEVER;
	for (uint32_t j = s->held.head; j != NO_JOB; j = h->jobs.job[j].next) {
		const struct job *job = &h->jobs.job[j];
		const struct shape *shape = &h->shapes.row[job->shape].shape;
		double cores = job->cores ? job->cores : shape->demand.cores;
		double from = job->start > h->now ? (double)(job->start - h->now) / 1e6 : 0;
		double left = facts_run(h, j, 0.5) / site_speed(&s->speed);

		if (job->phase == PHASE_RUNNING) {
			left = run_times_left(left, (double)(h->now - job->since) / 1e6);
			from = 0;
		}
		cores_take(c, cores, from, from + left);
		s->frees = fmin(s->frees, now + from + left);
	}
}

static void tell_site(struct hub *h, uint32_t site)
{
	const struct site *s = h->sites.site[site];
	struct planner_site *p = &h->facts.planner.site[site];
	double claimed = (double)s->doc.interval / 1e6, now = facts_seconds(h->now);

	p->speed = site_speed(&s->speed);
	p->open = s->known;
	p->every = visits_every(&s->visits, claimed);
	p->pickup = now + visits_next(&s->visits, claimed, now, 0.5);
	p->rate = (double)h->config.bandwidth;
	if (!s->known)
		return;
	tell_cores(h, site);
	if (h->facts.told[site] != (s->data | 1)) {
		facts_tell_data(h, site);
		h->facts.told[site] = s->data | 1;
	}
	facts_tell_coming(h, site);
}

/*
 * What is told is in seconds from then on, so it gets old by itself.  To tell
 * of a site costs as much as it holds jobs; where that is many, one that comes
 * or goes makes little difference, and the planner hears of it a little later:
 * a microsecond or two for each.
 */
static bool is_old(const struct hub *h, const struct site *s)
{
	int64_t age = h->now - s->told_at;

	return !s->told_at || age < 0 || age >= 5 * SECOND_US || (!s->told && age >= 2 * (int64_t)s->held.count);
}

static void tell_what_changed(struct hub *h)
{
	for (uint32_t i = 0; i < h->sites.count; i++) {
		struct site *s = h->sites.site[i];

		if (!is_old(h, s))
			continue;
		tell_site(h, i);
		planner_told(&h->facts.planner, i);
		h->facts.home[i] = (float)out_sizes_home(h, i);
		h->facts.stored_of = h->facts.own_of = 0;
		s->told = true;
		s->told_at = h->now;
	}
}

void facts_begin(struct hub *h)
{
	h->facts.begun = false;
}

bool facts_room(struct hub *h, uint32_t files)
{
	if (h->facts.planner.sites >= h->sites.count && h->facts.file_cap >= files)
		return true;
	if (!fit(h, files))
		return false;
	tell_what_changed(h);
	return true;
}

/* The first job of the round. */
bool facts_ready(struct hub *h)
{
	struct planner *p = &h->facts.planner;

	if (h->facts.begun)
		return true;
	if (!fit(h, 1))
		return false;
	planner_resume(p);
	tell_what_changed(h);
	byte_price_begin(&p->price, 1 / (double)h->config.bandwidth);
	h->facts.begun = true;
	return true;
}

void facts_end(struct hub *h)
{
	if (h->facts.begun)
		planner_end(&h->facts.planner, facts_seconds(h->now));
	h->facts.begun = false;
}

/* --- jobs ----------------------------------------------------------------------------- */

/*
 * A site that takes no more may do so when one of its jobs has ended.  Where
 * that is not what it waits for, nobody knows: it is expected to last as long
 * again as the job has waited, so that none waits for ever for a site that
 * would be best, but never asks, while others would have it.
 */
static double until_it_takes(const struct hub *h, const struct job *job, uint32_t site)
{
	double now = facts_seconds(h->now), frees = h->sites.site[site]->frees,
		from = fmax(h->facts.planner.site[site].pickup, now);

	if (frees > now && frees < PLANNER_NEVER)
		return fmax(frees - from, 0);
	return fmax(now - facts_seconds(job->since) - (from - now), 0);
}

/* For how long the outputs are under way from each site; false: there are none. */
static bool tell_outputs(struct hub *h, uint32_t j)
{
	const struct shape_row *row = &h->shapes.row[h->jobs.job[j].shape];
	struct facts *f = &h->facts;
	struct out_sizes out;

	out_sizes_expect(h, j, &out);
	if (!(out.home + out.stored > 0))
		return false;
	if (out.stored > 0 && f->stored_of != row->hash) {
		for (uint32_t i = 0; i < h->sites.count; i++)
			f->stored[i] = (float)out_sizes_stored(h, &row->shape, i);
		f->stored_of = row->hash;
	}
	for (uint32_t i = 0; i < h->sites.count; i++)
		f->stage_out[i] = (float)(out.home * (double)f->home[i] +
					  (out.stored > 0 ? out.stored * (double)f->stored[i] : 0));
	return true;
}

bool facts_job(struct hub *h, uint32_t j, const struct candidate *c, struct planner_job *out)
{
	const struct job *job = &h->jobs.job[j];
	const struct shape *shape = &h->shapes.row[job->shape].shape;
	struct facts *f = &h->facts;
	uint32_t runs;

	if (!facts_ready(h) || !facts_files(h, shape))
		return false;
	for (uint32_t i = 0; i < f->planner.sites; i++) {
		double wait = 0;

		/* Of a site that may not have it nothing is looked at. */
		f->may[i] = i < h->sites.count && c[i].match.may;
		if (!f->may[i])
			continue;
		/* Of equals the emptiest. */
		f->dislike[i] = (float)(1e-3 * c[i].fill + candidate_dislike(&c[i].match));
		if (!c[i].wants)
			wait = until_it_takes(h, job, i);
		if (c[i].match.unresolved)
			wait += software_prepare(h, shape, i, &runs);
		f->prepare[i] = (float)wait;
	}
	f->shape.file = f->file;
	f->shape.cores = shape->demand.cores;
	f->shape.may = f->may;
	f->shape.dislike = f->dislike;
	f->shape.prepare = f->prepare;
	f->shape.own = facts_own(h, shape);
	f->shape.stage_out = tell_outputs(h, j) ? f->stage_out : NULL;
	*out = (struct planner_job){
		.run = facts_run(h, j, 0.5),
		.since = facts_seconds(job->since),
	};
	return true;
}
