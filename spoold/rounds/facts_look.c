/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "facts_look.h"
#include "facts_part.h"
#include "instant.h"
#include "out_sizes.h"
#include "plan/price.h"
#include "site_time.h"
#include "sources.h"
#include "url_sizes.h"

const char *facts_basis_name(enum facts_basis b)
{
	static const char *const names[] = {
		[FACTS_NAME] = "runs of this user's jobs of this name",
		[FACTS_SHAPE] = "runs of this user's jobs of this shape",
		[FACTS_USER] = "runs of this user's jobs",
		[FACTS_ALL] = "runs of all jobs",
		[FACTS_STATED] = "as the job says",
		[FACTS_ASSUMED] = "policy.length of config.yaml",
	};

	return names[b];
}

/* --- inputs ------------------------------------------------------------------------ */

static void say_source(const struct hub *h, const struct site *s, const struct source *from,
		       struct facts_input *in)
{
	in->seconds = from->seconds;
	in->rate = from->rate;
	in->spread = from->spread;
	in->latency = from->latency;
	in->measured = from->measured;
	in->trouble = from->trouble;
	in->age = from->measured ? sources_age(h, s, from->measured) : 0;
}

static void look_at_source(struct hub *h, const struct site *s, const struct digest *pin, struct tree *t,
			   struct facts_input *in)
{
	const struct catalogue_entry *e = catalogue_find(&h->catalogue, in->dataset);
	struct source from;

	if (!dataset_known(e, pin) || !sources_nearest(h, s, e, t, &from))
		return;
	in->from = from.url;
	in->bytes = e->bytes;
	say_source(h, s, &from, in);
}

static void look_at_url(const struct hub *h, const struct shape_url *u, uint32_t site, struct facts_look *l)
{
	struct facts_input *in = &l->input[l->inputs++];
	const struct site *s = h->sites.site[site];
	struct source from;

	*in = (struct facts_input){ .dataset = "url", .pin = u->pin, .from = u->url, .age = l->told,
				    .unknown = !(url_size(h, u) > 0) };
	if (url_held(h, u, site)) {
		in->from = "here";
		in->unknown = false;
		return;
	}
	in->bytes = (uint64_t)url_size(h, u);
	if (!in->bytes)
		return;
	sources_reckon(h, s, site_store(&s->doc, u->url), in->bytes, &from);
	say_source(h, s, &from, in);
}

static bool look_at_inputs(struct hub *h, const struct shape *shape, uint32_t site, struct facts_look *l)
{
	const struct planner *p = &h->facts.planner;
	const struct site *s = h->sites.site[site];
	double now = facts_seconds(h->now);

	l->input = tree_alloc(&l->tree, (shape->datasets.count + shape->urls + 1) * sizeof *l->input);
	if (!l->input)
		return false;
	for (uint32_t i = 0; i < shape->datasets.count; i++) {
		struct facts_input *in = &l->input[l->inputs++];
		uint32_t file = h->facts.file[i];
		double there = p->there[(size_t)file * p->sites + site];

		*in = (struct facts_input){ .dataset = shape->datasets.item[i], .pin = shape->pin[i],
					    .from = "nowhere" };
		if (there >= PLANNER_NEVER) {
			look_at_source(h, s, shape->pin[i], &l->tree, in);
			l->missing += in->bytes;
			continue;
		}
		in->from = there <= 0 ? "here" : "coming";
		in->seconds = there > now ? there - now : 0;
		in->age = l->told;
		l->held += p->bytes[file];
	}
	for (uint32_t i = 0; i < shape->urls; i++)
		look_at_url(h, &shape->url[i], site, l);
	if (shape->urls) {
		struct url_load load;

		url_load(h, shape, site, &load);
		l->missing += (uint64_t)load.bytes;
	}
	return true;
}

/* --- the rest ------------------------------------------------------------------------ */

static void look_at_run(const struct hub *h, uint32_t j, uint32_t shape, uint32_t site,
			struct facts_look *l)
{
	const struct shape *s = &h->shapes.row[shape].shape;
	const struct site_speed *speed = &h->sites.site[site]->speed;
	double at_one = (double)site_time_length(h, s, 0) / 1e6;
	enum learned_basis b = LEARNED_NOTHING;
	const struct run_times *times = NULL;

	l->speed = site_speed(speed);
	l->speeds = (uint32_t)speed->count;
	if (j != NO_JOB) {
		b = facts_basis(h, j, &times);
		at_one = facts_run(h, j, 0.5);
	}
	if (b != LEARNED_NOTHING) {
		l->basis = (enum facts_basis)b;
		l->runs = (uint32_t)(times->count + 0.5F);
		l->run = (struct facts_spread){ run_times_quantile(times, 0.1) / l->speed, at_one / l->speed,
						run_times_quantile(times, 0.9) / l->speed };
		return;
	}
	l->basis = s->window[0].min || s->window[0].max ? FACTS_STATED : FACTS_ASSUMED;
	at_one /= l->speed;
	l->run = (struct facts_spread){ at_one, at_one, at_one };
}

static void look_at_visits(struct hub *h, const struct site *s, struct facts_look *l)
{
	double claimed = (double)s->doc.interval / SECOND_US, now = facts_seconds(h->now);

	l->every = visits_every(&s->visits, claimed);
	l->pickup = (struct facts_spread){ visits_next(&s->visits, claimed, now, 0.1),
					   visits_next(&s->visits, claimed, now, 0.5),
					   visits_next(&s->visits, claimed, now, 0.9) };
	l->pickups = s->visits.seen;
}

static void look_at_price(const struct shape *s, const struct site *site, struct facts_look *l)
{
	struct usage u = price_expect(&s->demand, (int64_t)(l->run.middle * 1e6), l->missing + l->out_bytes);

	l->price = price_of(&site->prices, &u);
}

/* It is ready that much later, and so may be all that follows. */
static void add_prepare(const struct planner_site *at, uint32_t cores, double run, double now,
			struct facts_look *l)
{
	struct planner_offer *o = &l->offer;
	double out = o->delivered - o->end, before = o->delivered;

	o->staged += l->prepare;
	o->start = now + cores_start(&at->cores, cores, o->staged - now);
	o->end = o->start + run / at->speed;
	o->delivered = o->end + out;
	o->cost += o->delivered - before;
}

/* Delivered is it later by that. */
static void look_at_outputs(const struct hub *h, uint32_t j, const struct shape *s, uint32_t site,
			    struct facts_look *l)
{
	struct out_sizes out;

	if (j == NO_JOB)
		return;
	out_sizes_expect(h, j, &out);
	l->outs = out.ends;
	l->out_bytes = (uint64_t)(out.home + out.stored);
	if (l->out_bytes)
		l->stage_out = out.home * out_sizes_home(h, site) + out.stored * out_sizes_stored(h, s, site);
}

static void look_with_planner(struct hub *h, const struct shape *s, uint32_t site, double run, double since,
			      struct facts_look *l)
{
	struct facts *f = &h->facts;
	struct planner_shape shape = { .file = f->file, .files = s->datasets.count, .cores = s->demand.cores,
				       .own = facts_own(h, s) };
	struct planner_shape *was = f->planner.shape;
	struct planner_job job = { .run = run, .since = since };
	double now = facts_seconds(h->now), pickup;

	f->planner.shape = &shape;
	planner_look(&f->planner, &job, site, now, &l->offer);
	/* As the planner does it with what it was told of all sites. */
	if (l->prepare > 0)
		add_prepare(&f->planner.site[site], s->demand.cores, run, now, l);
	f->planner.shape = was;
	l->offer.delivered += l->stage_out;
	l->offer.cost += l->stage_out;
	pickup = f->planner.site[site].pickup > now ? f->planner.site[site].pickup - now : 0;
	l->stage_in = l->offer.carry;
	l->line_wait = l->offer.carry > 0 ? l->offer.staged - now - pickup - l->stage_in - l->prepare : 0;
	if (l->line_wait < 0)
		l->line_wait = 0;
	l->cores_wait = l->offer.start - l->offer.staged;
	l->start = l->offer.start - now;
	l->end.middle = l->offer.delivered - now;
	l->end.low = l->end.middle - l->run.middle + l->run.low;
	l->end.high = l->end.middle - l->run.middle + l->run.high + l->pickup.high - l->pickup.middle;
}

int facts_look(struct hub *h, uint32_t j, uint32_t shape, uint32_t site, struct facts_look *l,
	       struct diag *d)
{
	const struct shape *s = &h->shapes.row[shape].shape;
	const struct site *at = h->sites.site[site];
	double since = facts_seconds(j == NO_JOB ? h->now : h->jobs.job[j].since);

	*l = (struct facts_look){ .tree = TREE_INIT, .speed = 1 };
	if (!at->known)
		return diag_set(d, "%s has not told about itself yet", at->name);
	if (!facts_ready(h) || !facts_files(h, s))
		return diag_nomem(d);
	l->told = (double)(h->now - sources_told(h, at)) / SECOND_US;
	if (!look_at_inputs(h, s, site, l))
		return diag_nomem(d);
	look_at_run(h, j, shape, site, l);
	look_at_visits(h, at, l);
	look_at_outputs(h, j, s, site, l);
	l->prepare = software_prepare(h, s, site, &l->prepares);
	look_with_planner(h, s, site, l->run.middle * l->speed, since, l);
	look_at_price(s, at, l);
	return 0;
}

void facts_look_free(struct facts_look *l)
{
	tree_free(&l->tree);
	*l = (struct facts_look){ .tree = TREE_INIT };
}

static double staged(struct hub *h, const struct shape *s, uint32_t site)
{
	struct facts *f = &h->facts;
	struct planner_shape shape = { .files = s->datasets.count }, *was;
	struct planner_job job = { .run = 0 };
	struct planner_offer o;
	double now = facts_seconds(h->now), pickup;

	if ((!shape.files && !s->urls) || !facts_ready(h) || !facts_files(h, s))
		return 0;
	shape.file = f->file;
	shape.own = facts_own(h, s);
	was = f->planner.shape;
	f->planner.shape = &shape;
	planner_look(&f->planner, &job, site, now, &o);
	f->planner.shape = was;
	pickup = f->planner.site[site].pickup > now ? f->planner.site[site].pickup : now;
	return o.staged > pickup ? o.staged - pickup : 0;
}

double facts_lead_from(const struct facts_lead *l, double after)
{
	double pickup = l->pickup;

	if (after > pickup)
		pickup = l->every > 0 ? pickup + ceil((after - pickup) / l->every) * l->every : after;
	return pickup + l->staged + l->prepare;
}

void facts_lead(struct hub *h, const struct shape *s, uint32_t site, struct facts_lead *out)
{
	const struct site *at = h->sites.site[site];
	double claimed = (double)at->doc.interval / SECOND_US;
	uint32_t runs;

	*out = (struct facts_lead){
		.pickup = visits_next(&at->visits, claimed, facts_seconds(h->now), 0.9),
		.every = visits_every(&at->visits, claimed),
		.staged = staged(h, s, site), .prepare = software_prepare(h, s, site, &runs),
	};
}
