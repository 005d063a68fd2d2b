/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the open offers; see struct offers. */
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "heap.h"
#include "hub.h"
#include "offers.h"
#include "site_table.h"

static struct offer *at(const struct offers *t, uint32_t place)
{
	return place ? &t->offer[place - 1] : NULL;
}

struct offer *offers_first(const struct hub *h, uint32_t j)
{
	const struct offers *t = &h->offers;

	return j < t->of_jobs ? at(t, t->of_job[j]) : NULL;
}

struct offer *offers_next(const struct hub *h, const struct offer *o)
{
	return at(&h->offers, o->next);
}

struct offer *offers_numbered(const struct hub *h, uint32_t j, uint32_t number)
{
	struct offer *o = offers_first(h, j);

	while (o && o->number != number)
		o = offers_next(h, o);
	return o;
}

/* --- when they expire ------------------------------------------------------------------ */

static bool sooner(const void *a, const void *b, const void *of)
{
	const struct offer_due *x = a, *y = b;

	(void)of;
	return x->expires != y->expires ? x->expires < y->expires : x->job < y->job;
}

/* All offers of a job that are made together expire together: once will do. */
static bool due_add(struct offers *t, uint32_t j, int64_t expires)
{
	if (!grow(&t->due, t->dues, &t->due_cap, sizeof *t->due))
		return false;
	t->due[t->dues] = (struct offer_due){ expires, j };
	heap_up(t->due, sizeof *t->due, t->dues++, sooner, NULL);
	return true;
}

/* Is it said of offers that are open still?  Of a job that has none left but is offered,
 * as it could not be told so, it is. */
static bool holds(const struct hub *h, const struct offer_due *due)
{
	const struct offer *o = offers_first(h, due->job);

	return h->jobs.job[due->job].phase == PHASE_OFFERED && (!o || o->expires <= due->expires);
}

uint32_t offers_due(struct hub *h, int64_t *next)
{
	struct offers *t = &h->offers;

	while (t->dues && !holds(h, &t->due[0])) {
		t->due[0] = t->due[--t->dues];
		heap_down(t->due, sizeof *t->due, t->dues, 0, sooner, NULL);
	}
	*next = t->dues ? t->due[0].expires : INT64_MAX;
	return *next <= h->now ? t->due[0].job : NO_JOB;
}

/* --- coming and going ---------------------------------------------------------------------- */

/* Jobs have places in their table; so have their first offers. */
static bool room_for_job(struct hub *h, uint32_t j)
{
	struct offers *t = &h->offers;
	uint32_t *more;

	if (j < t->of_jobs)
		return true;
	more = realloc(t->of_job, h->jobs.cap * sizeof *more);
	if (!more)
		return false;
	memset(more + t->of_jobs, 0, (h->jobs.cap - t->of_jobs) * sizeof *more);
	t->of_job = more;
	t->of_jobs = h->jobs.cap;
	return true;
}

static uint32_t take_place(struct offers *t)
{
	uint32_t place = t->free;

	if (place)
		t->free = t->offer[place - 1].next;
	else if (grow(&t->offer, t->used, &t->cap, sizeof *t->offer))
		place = ++t->used;
	return place;
}

/* What points to it: its job, or the one before it. */
static uint32_t *link_to(struct offers *t, uint32_t j, uint32_t place)
{
	uint32_t *link = &t->of_job[j];

	while (*link != place)
		link = &t->offer[*link - 1].next;
	return link;
}

struct offer *offers_add(struct hub *h, const struct offer *new)
{
	struct offers *t = &h->offers;
	bool first = !offers_first(h, new->job);
	uint32_t place;
	struct offer *o;

	if (!room_for_job(h, new->job) || (first && !due_add(t, new->job, new->expires)))
		return NULL;
	place = take_place(t);
	if (!place)
		return NULL;
	o = &t->offer[place - 1];
	*o = *new;
	o->hold = 0;
	o->next = 0;
	*link_to(t, new->job, 0) = place;
	site_table_promise(h, o, +1);
	return o;
}

void offers_drop(struct hub *h, struct offer *o)
{
	struct offers *t = &h->offers;
	uint32_t place = (uint32_t)(o - t->offer) + 1;

	site_table_promise(h, o, -1);
	place_give_back(&h->sites.site[o->site]->time, &o->hold);
	h->shapes.row[h->jobs.job[o->job].shape].dirty = true;
	*link_to(t, o->job, place) = o->next;
	*o = (struct offer){ .job = NO_JOB, .next = t->free };
	t->free = place;
}

void offers_hold(struct hub *h)
{
	for (uint32_t i = 0; i < h->offers.used; i++) {
		struct offer *o = &h->offers.offer[i];

		if (o->job != NO_JOB && !o->hold)
			offers_take(h, o);
	}
}

void offers_free(struct offers *t)
{
	free(t->offer);
	free(t->of_job);
	free(t->due);
	*t = (struct offers){ 0 };
}
