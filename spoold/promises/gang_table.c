/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gang_part.h"
#include "grow.h"
#include "hub.h"
#include "site_table.h"

/* --- the table ------------------------------------------------------------------------ */

/* Room for one, so that take_free() gives it. */
static bool reserve(struct gangs *t)
{
	return lookup_reserve(&t->by_id) && (t->free || grow(&t->item, t->count, &t->cap, sizeof *t->item));
}

static uint32_t take_free(struct gangs *t)
{
	uint32_t g = t->free ? t->free - 1 : t->count++;

	if (t->free)
		t->free = t->item[g].next_free;
	return g;
}

uint32_t gang_add(struct hub *h, const struct transaction_state *st, const struct transaction *x,
		  struct diag *d)
{
	struct gangs *t = &h->gangs;
	uint32_t g;
	struct gang new = { .id = st->record.id, .owner = st->record.owner, .live = true,
			    .placed = st->phase == TRANSACTION_PLACED, .placed_at = st->placed,
			    .fresh = st->phase == TRANSACTION_PENDING,
			    .start = st->start, .same = x->same, .layout = x->layout,
			    .cancel = x->cancel, .end = st->end, .members = st->members };

	new.member = calloc(st->members + 1, sizeof *new.member);
	new.text = st->end == PHASE_PENDING ? NULL : strdup(st->text);
	if (!new.member || !reserve(t)) {
		free(new.member);
		free(new.text);
		diag_nomem(d);
		return NO_GANG;
	}
	for (uint32_t i = 0; i < st->members; i++) {
		new.member[i] = (struct gang_member){ .id = st->member[i].id, .site = NO_SITE,
						      .gone = st->member[i].gone };
		if (st->member[i].site[0])
			new.member[i].site = site_table_add(h, st->member[i].site, d);
	}
	g = take_free(t);
	t->item[g] = new;
	lookup_add(&t->by_id, uuid_hash(&new.id), g);
	t->live++;
	t->dirty = true;
	t->fresh |= new.fresh;
	h->unflushed |= new.fresh;
	return g;
}

void gang_flushed(struct hub *h)
{
	struct gangs *t = &h->gangs;

	if (!t->fresh)
		return;
	for (uint32_t g = 0; g < t->count; g++)
		t->item[g].fresh = false;
	t->fresh = false;
	t->dirty = true;
}

void gang_remove(struct hub *h, uint32_t g)
{
	struct gang *x = &h->gangs.item[g];
	char name[UUID_TEXT];

	gang_drop_plan(h, g);
	uuid_format(&x->id, name);
	if (x->explained)
		unlinkat(h->spool.run_why, name, 0);
	for (uint32_t i = 0; i < x->members; i++) {
		uint32_t j = jobs_find(&h->jobs, &x->member[i].id);

		if (j != NO_JOB)
			h->jobs.job[j].gang = 0;
	}
	free(x->member);
	free(x->text);
	lookup_remove(&h->gangs.by_id, uuid_hash(&x->id), g);
	*x = (struct gang){ .next_free = h->gangs.free };
	h->gangs.free = g + 1;
	h->gangs.live--;
}

void gang_free(struct hub *h)
{
	for (uint32_t i = 0; i < h->gangs.count; i++) {
		free(h->gangs.item[i].member);
		free(h->gangs.item[i].text);
	}
	free(h->gangs.item);
	lookup_free(&h->gangs.by_id);
	h->gangs = (struct gangs){ 0 };
}

uint32_t gang_find(const struct hub *h, const struct uuid *id)
{
	uint32_t g, at = 0;

	while ((g = lookup_next(&h->gangs.by_id, uuid_hash(id), &at)) != NO_ITEM)
		if (!uuid_cmp(&h->gangs.item[g].id, id))
			return g;
	return NO_GANG;
}

void gang_join(struct hub *h, uint32_t j, const struct job_record *r)
{
	uint32_t g = r->member ? gang_find(h, &r->transaction) : NO_GANG;
	struct job *job = &h->jobs.job[j];
	struct gang *x;

	if (g == NO_GANG)
		return;
	x = &h->gangs.item[g];
	job->gang = g + 1;
	job->aside = job->phase == PHASE_PENDING;
	for (uint32_t i = 0; i < x->members; i++)
		if (!uuid_cmp(&x->member[i].id, &job->id))
			/* Back since it was placed, it is owed to nobody. */
			x->member[i].owed = x->placed && job->aside &&
				(!job->attempt || x->placed_at >= job->since);
	h->gangs.dirty = true;
}

void gang_drop_plan(struct hub *h, uint32_t g)
{
	struct gang *x = &h->gangs.item[g];

	for (uint32_t i = 0; i < x->members; i++)
		if (x->member[i].plan)
			place_give_back(&h->sites.site[x->member[i].plan_site]->time, &x->member[i].plan);
}
