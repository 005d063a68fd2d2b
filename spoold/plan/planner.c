/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "planner.h"

#include <stdlib.h>

int planner_init(struct planner *p, uint32_t sites, uint32_t files, uint32_t stores, struct diag *d)
{
	size_t cells = (size_t)sites * files;

	*p = (struct planner){ .sites = sites, .files = files, .stores = stores };
	p->site = calloc(sites + 1, sizeof *p->site);
	p->bytes = calloc(files + 1, sizeof *p->bytes);
	p->store = calloc(files + 1, sizeof *p->store);
	p->there = malloc((cells + 1) * sizeof *p->there);
	p->carry = calloc((size_t)sites * stores + 1, sizeof *p->carry);
	p->core = calloc(sites + 1, sizeof *p->core);
	p->line = calloc(sites + 1, sizeof *p->line);
	p->soonest = calloc(sites + 1, sizeof *p->soonest);
	p->touched = calloc(sites + 1, sizeof *p->touched);
	p->is_touched = calloc(sites + 1, sizeof *p->is_touched);
	if (!p->site || !p->bytes || !p->store || !p->there || !p->carry || !p->core || !p->line ||
	    !p->soonest || !p->touched || !p->is_touched) {
		planner_free(p);
		return diag_nomem(d);
	}
	for (size_t i = 0; i < cells; i++)
		p->there[i] = PLANNER_NEVER;
	return 0;
}

void planner_free(struct planner *p)
{
	free(p->site);
	free(p->bytes);
	free(p->store);
	free(p->there);
	free(p->carry);
	free(p->core);
	free(p->line);
	free(p->soonest);
	free(p->undo);
	free(p->touched);
	free(p->is_touched);
	*p = (struct planner){ 0 };
}

/* --- one job at one site ---------------------------------------------------------------- */

void planner_missing(const struct planner *p, const struct planner_shape *s, uint32_t site,
		     double pickup, struct planner_offer *o)
{
	o->staged = pickup;
	if (s->own) {
		o->missing += s->own[site].bytes;
		o->carry += (double)s->own[site].carry;
	}
	for (uint32_t i = 0; i < s->files; i++) {
		uint32_t f = s->file[i];
		double there = p->there[(size_t)f * p->sites + site];

		if (there >= PLANNER_NEVER) {
			o->missing += p->bytes[f];
			o->carry += (double)p->bytes[f] * p->carry[(size_t)p->store[f] * p->sites + site];
		} else if (there > o->staged) {
			o->staged = there;
		}
	}
}

void planner_look(const struct planner *p, const struct planner_job *job, uint32_t site, double now,
		  struct planner_offer *o)
{
	const struct planner_shape *s = &p->shape[job->shape];
	const struct planner_site *at = &p->site[site];
	double pickup = at->pickup > now ? at->pickup : now;
	double lost = 0;

	*o = (struct planner_offer){ .cost = PLANNER_NEVER };
	planner_missing(p, s, site, pickup, o);
	if (o->carry > 0) {
		lost = line_load_delay(&p->line[site], o->carry, &o->others);
		if (pickup + o->carry + lost > o->staged)
			o->staged = pickup + o->carry + lost;
	}
	if (s->prepare)
		o->staged += (double)s->prepare[site];
	o->start = now + cores_start(&p->core[site], s->cores, o->staged - now);
	o->end = o->start + job->run / at->speed;
	o->delivered = o->end + (at->rate > 0 ? (double)job->out_bytes / at->rate : 0);
	if (s->stage_out)
		o->delivered += (double)s->stage_out[site];
	o->cost = o->delivered - now + o->others + p->price.each * (double)o->missing;
	if (s->dislike)
		o->cost += (double)s->dislike[site];
}

/* --- the round ---------------------------------------------------------------------------- */

static bool set_there(struct planner *p, uint32_t file, uint32_t site, double when)
{
	size_t cell = (size_t)file * p->sites + site;

	if (p->undos == p->undo_cap) {
		uint32_t cap = p->undo_cap ? p->undo_cap * 2 : 256;
		void *more = realloc(p->undo, cap * sizeof *p->undo);

		if (!more)
			return false;
		p->undo = more;
		p->undo_cap = cap;
	}
	p->undo[p->undos].cell = cell;
	p->undo[p->undos++].was = p->there[cell];
	p->there[cell] = when;
	return true;
}

/* Keep for the job what it was offered. */
static bool keep(struct planner *p, const struct planner_job *job, const struct planner_choice *c,
		 double now)
{
	const struct planner_shape *s = &p->shape[job->shape];
	const struct planner_offer *o = &c->offer;

	if (!p->is_touched[c->site]) {
		p->is_touched[c->site] = true;
		p->touched[p->touches++] = c->site;
	}
	if (o->start < PLANNER_NEVER) {
		cores_take(&p->core[c->site], s->cores, o->start - now, o->end - now);
		p->soonest[c->site] = cores_start(&p->core[c->site], 1, 0);
	}
	line_load_add(&p->line[c->site], o->carry, 1);
	for (uint32_t i = 0; i < s->files && o->missing; i++)
		if (p->there[(size_t)s->file[i] * p->sites + c->site] >= PLANNER_NEVER &&
		    !set_there(p, s->file[i], c->site, o->staged))
			return false;
	return true;
}

/*
 * Would it be of use to begin now?  What has to be fetched is fetched early
 * enough to be there when the cores are, with as much time again to spare.  But
 * it does not help to begin while the line is busy with smaller ones until the
 * next mail: it would only slow them down.
 *
 * Who has waited for long beside what it takes goes in any case: a site begins
 * with its jobs in the order in which they came, so that one that needs many
 * cores gets them there in the end.  Here others would take each that comes free.
 */
static bool should_go(const struct planner *p, const struct planner_job *job,
		      const struct planner_choice *c, double now)
{
	static const double enough = 4;
	const struct planner_site *s = &p->site[c->site];
	const struct planner_offer *o = &c->offer;
	double pickup = s->pickup > now ? s->pickup : now;
	/* The first slice of its cores is not told apart from now. */
	double next = pickup + fmax(s->every, CORES_FINEST);

	if (!s->open)
		return false;
	if (o->start < PLANNER_NEVER && now - job->since > enough * (o->carry + o->delivered - o->start))
		return true;
	if (o->start - 2 * (o->staged - pickup) > next)
		return false;
	return !(o->carry > 0) || line_load_smaller(&p->line[c->site], o->carry) <= s->every;
}

void planner_told(struct planner *p, uint32_t site)
{
	p->core[site] = p->site[site].cores;
	p->line[site] = p->site[site].line;
	p->soonest[site] = cores_start(&p->core[site], 1, 0);
}

static void forget_kept(struct planner *p)
{
	while (p->touches) {
		uint32_t site = p->touched[--p->touches];

		p->is_touched[site] = false;
		planner_told(p, site);
	}
}

void planner_resume(struct planner *p)
{
	p->undos = 0;
	p->price.round = (struct byte_price_round){ 0 };
	forget_kept(p);
}

void planner_begin(struct planner *p)
{
	planner_resume(p);
	for (uint32_t i = 0; i < p->sites; i++)
		planner_told(p, i);
}

/* The least that it can cost there, whatever its data. */
static double at_least(const struct planner *p, const struct planner_job *job, uint32_t site)
{
	const struct planner_site *s = &p->site[site];

	return p->soonest[site] + job->run / s->speed + (s->rate > 0 ? (double)job->out_bytes / s->rate : 0);
}

/* The site of the least cost; *free_cost: the least there is without the price
 * of bytes.  The site that was chosen last is likely to be a good one, so it is
 * looked at first, and those that cannot be as good not at all. */
static void choose(const struct planner *p, const struct planner_job *job, double now,
		   struct planner_choice *c, double *free_cost)
{
	const struct planner_shape *s = &p->shape[job->shape];
	static const double same = 1e-6;
	double limit = PLANNER_NEVER;
	struct planner_offer o;

	*free_cost = PLANNER_NEVER;
	c->site = PLANNER_NOWHERE;
	c->offer.cost = PLANNER_NEVER;
	if (s->may[p->last]) {
		planner_look(p, job, p->last, now, &o);
		limit = o.cost + same;
	}
	for (uint32_t i = 0; i < p->sites; i++) {
		double price;

		if (!s->may[i] || at_least(p, job, i) >= limit)
			continue;
		planner_look(p, job, i, now, &o);
		price = p->price.each * (double)o.missing;
		if (o.cost < c->offer.cost) {
			c->site = i;
			c->offer = o;
			if (o.cost - same < limit)
				limit = o.cost - same;
		}
		if (o.cost - price < *free_cost)
			*free_cost = o.cost - price;
	}
}

static void note_price(struct byte_price *b, const struct planner_job *job,
		       const struct planner_choice *c, double free_cost, double now)
{
	const struct planner_offer *o = &c->offer;
	double bytes = (double)o->missing;

	b->round.placed++;
	b->round.paid += o->cost - b->each * bytes - free_cost;
	b->round.took += free_cost + now - job->since;
	if (c->go) {
		b->round.ran += o->delivered - o->start;
		b->round.bytes += bytes;
	}
}

bool planner_place(struct planner *p, const struct planner_job *job, double now,
		   struct planner_choice *c)
{
	double free_cost;

	choose(p, job, now, c, &free_cost);
	c->go = false;
	if (c->site == PLANNER_NOWHERE || !(c->offer.cost < PLANNER_NEVER))
		return true;
	p->last = c->site;
	c->go = should_go(p, job, c, now);
	note_price(&p->price, job, c, free_cost, now);
	return keep(p, job, c, now);
}

/* What was kept for it stays. */
void planner_sent(struct planner *p, uint32_t file, uint32_t site, double when)
{
	size_t cell = (size_t)file * p->sites + site;

	for (uint32_t i = p->undos; i-- > 0;)
		if (p->undo[i].cell == cell) {
			p->undo[i].was = when;
			return;
		}
}

void planner_end(struct planner *p, double now)
{
	while (p->undos) {
		p->undos--;
		p->there[p->undo[p->undos].cell] = p->undo[p->undos].was;
	}
	forget_kept(p);
	byte_price_end(&p->price, now);
}
