/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts_part.h"

#include <stdlib.h>
#include <string.h>

#include "hub.h"
#include "instant.h"
#include "site_time.h"
#include "sources.h"

double facts_seconds(int64_t instant)
{
	return (double)instant / 1e6;
}

void facts_free(struct hub *h)
{
	struct facts *f = &h->facts;

	f->planner.shape = NULL;
	planner_free(&f->planner);
	name_table_free(&f->files);
	free(f->told);
	free(f->file);
	free(f->may);
	free(f->dislike);
	memset(f, 0, sizeof *f);
}

void facts_forget_data(struct hub *h)
{
	for (uint32_t i = 0; h->facts.told && i < h->facts.planner.sites; i++)
		h->facts.told[i] = 0;
	for (uint32_t i = 0; i < h->sites.count; i++)
		h->sites.site[i]->told = false;
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

/* --- data ---------------------------------------------------------------------------- */

/* The hub's catalogue says which version counts: as in match.c. */
static bool counts(const struct hub *h, const struct site_dataset *here)
{
	const struct catalogue_entry *e = catalogue_find(&h->catalogue, here->name);

	return !e || (e->measured && digest_eq(&e->digest, &here->digest));
}

/* Seconds for a byte from the nearest source.  What lies at the hub alone is all
 * fetched from there: store 0; else a dataset has a store of its own. */
static void tell_source(struct hub *h, uint32_t file, uint32_t site)
{
	const struct catalogue_entry *e = catalogue_find(&h->catalogue, h->facts.files.text[file]);
	struct planner *p = &h->facts.planner;
	struct tree t = TREE_INIT;
	struct source from;
	double *carry;

	p->store[file] = e && e->doc && e->doc->replicas ? file + 1 : 0;
	if (!p->store[file])
		return;
	carry = &p->carry[(size_t)p->store[file] * p->sites + site];
	if (sources_nearest(h, h->sites.site[site], e, &t, &from) && e->bytes)
		*carry = from.seconds / (double)e->bytes;
	tree_free(&t);
}

static void tell_sources(struct hub *h, uint32_t site)
{
	struct source hub;

	sources_reckon(h, h->sites.site[site], NULL, 0, &hub);
	h->facts.planner.carry[site] = 1 / hub.rate;
	for (uint32_t f = 0; f < h->facts.files.count; f++)
		tell_source(h, f, site);
}

/* What it said before to be there is not, unless it says so again; what was on
 * its way still is. */
static void tell_data(struct hub *h, uint32_t site)
{
	const struct site_doc *doc = &h->sites.site[site]->doc;
	struct planner *p = &h->facts.planner;
	double now = facts_seconds(h->now);

	for (uint32_t f = 0; f < h->facts.files.count; f++) {
		double *there = &p->there[(size_t)f * p->sites + site];

		if (*there <= now)
			*there = PLANNER_NEVER;
	}
	tell_sources(h, site);
	for (uint32_t i = 0; i < doc->datasets; i++) {
		const struct site_dataset *here = &doc->dataset[i];
		uint32_t f = name_table_find(&h->facts.files, here->name, strlen(here->name));

		if (f != NO_NAME && counts(h, here)) {
			p->there[(size_t)f * p->sites + site] = 0;
			p->bytes[f] = here->bytes;
		}
	}
}

static bool make(struct hub *h, uint32_t sites, uint32_t files)
{
	struct facts *f = &h->facts;
	double price = f->planner.byte_price;

	f->planner.shape = NULL;
	planner_free(&f->planner);
	free(f->told);
	free(f->may);
	free(f->dislike);
	free(f->file);
	f->told = calloc(sites, sizeof *f->told);
	f->may = calloc(sites, sizeof *f->may);
	f->dislike = calloc(sites, sizeof *f->dislike);
	f->file = calloc(files, sizeof *f->file);
	f->file_cap = files;
	f->planner.sites = 0;
	for (uint32_t i = 0; i < h->sites.count; i++)
		h->sites.site[i]->told_at = 0;
	if (!f->told || !f->may || !f->dislike || !f->file ||
	    planner_init(&f->planner, sites, files, files + 1, NULL) < 0)
		return false;
	f->planner.byte_price = price;
	f->planner.adapts = true;
	f->planner.shape = &f->shape;
	f->planner.shapes = 1;
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
	const struct site *s = h->sites.site[site];
	struct cores *c = &h->facts.planner.site[site].cores;

	*c = (struct cores){ .total = (float)s->doc.cores };
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
	}
}

static void tell_line(struct hub *h, uint32_t site)
{
	const struct site_doc *doc = &h->sites.site[site]->doc;
	struct line_load *l = &h->facts.planner.site[site].line;

	*l = (struct line_load){ .work = { 0 } };
	for (uint32_t i = 0; i < doc->transfers; i++) {
		const struct site_transfer *t = &doc->transfer[i];
		double left = (double)(t->bytes > t->done ? t->bytes - t->done : 0) / (double)h->config.bandwidth;

		line_load_add(l, t->left ? (double)t->left / 1e6 : left, t->jobs.count);
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
	tell_line(h, site);
	if (h->facts.told[site] == (s->traits | 1))
		return;
	tell_data(h, site);
	h->facts.told[site] = s->traits | 1;
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
		s->told = true;
		s->told_at = h->now;
	}
}

void facts_begin(struct hub *h)
{
	h->facts.begun = false;
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
	p->price_unit = 1 / (double)h->config.bandwidth;
	if (!(p->byte_price > 0))
		p->byte_price = p->price_unit;
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

/* A dataset that nobody asked for before: who has it? */
static void tell_file(struct hub *h, uint32_t file, const char *name)
{
	const struct catalogue_entry *e = catalogue_find(&h->catalogue, name);
	struct planner *p = &h->facts.planner;

	p->bytes[file] = e ? e->bytes : 0;
	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site_doc *doc = &h->sites.site[i]->doc;

		tell_source(h, file, i);
		for (uint32_t k = 0; k < doc->datasets; k++)
			if (!strcmp(doc->dataset[k].name, name) && counts(h, &doc->dataset[k])) {
				p->there[(size_t)file * p->sites + i] = 0;
				p->bytes[file] = doc->dataset[k].bytes;
			}
	}
}

bool facts_files(struct hub *h, const struct text_list *datasets)
{
	struct facts *f = &h->facts;

	if (f->files.count + datasets->count > f->file_cap) {
		if (!fit(h, f->files.count + datasets->count))
			return false;
		tell_what_changed(h);
	}
	f->shape.files = 0;
	for (uint32_t i = 0; i < datasets->count; i++) {
		uint32_t before = f->files.count;
		uint32_t file = name_table_put(&f->files, datasets->item[i], strlen(datasets->item[i]));

		if (file == NO_NAME)
			return false;
		if (file == before)
			tell_file(h, file, datasets->item[i]);
		f->file[f->shape.files++] = file;
	}
	return true;
}

bool facts_job(struct hub *h, uint32_t j, const struct candidate *c, struct planner_job *out)
{
	const struct job *job = &h->jobs.job[j];
	const struct shape *shape = &h->shapes.row[job->shape].shape;
	struct facts *f = &h->facts;

	if (!facts_ready(h) || !facts_files(h, &shape->datasets))
		return false;
	for (uint32_t i = 0; i < f->planner.sites; i++) {
		bool may = i < h->sites.count && c[i].match.may;

		f->may[i] = may;
		/* Of equals the emptiest. */
		f->dislike[i] = (float)(may ? 1e-3 * c[i].fill + candidate_dislike(&c[i].match) : 0);
	}
	f->shape.file = f->file;
	f->shape.cores = shape->demand.cores;
	f->shape.may = f->may;
	f->shape.dislike = f->dislike;
	*out = (struct planner_job){
		.run = facts_run(h, j, 0.5),
		.since = facts_seconds(job->since),
	};
	return true;
}

void facts_sent(struct hub *h, const struct planner_job *job, const struct planner_choice *c)
{
	const struct planner_shape *s = &h->facts.planner.shape[job->shape];

	for (uint32_t i = 0; i < s->files; i++)
		planner_sent(&h->facts.planner, s->file[i], c->site, c->offer.staged);
}
