/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gang_part.h"
#include "grow.h"
#include "hub.h"
#include "site_table.h"

/* --- the table ------------------------------------------------------------------------ */

static uint32_t free_item(struct hub *h)
{
	struct gangs *t = &h->gangs;

	for (uint32_t i = 0; i < t->count; i++)
		if (!t->item[i].live)
			return i;
	return grow(&t->item, t->count, &t->cap, sizeof *t->item) ? t->count++ : NO_GANG;
}

uint32_t gang_add(struct hub *h, const struct transaction_state *st, const struct transaction *x,
		  struct diag *d)
{
	uint32_t g = free_item(h);
	struct gang new = { .id = st->record.id, .owner = st->record.owner, .live = true,
			    .placed = st->phase == TRANSACTION_PLACED, .same = x->same, .layout = x->layout,
			    .cancel = x->cancel, .end = st->end, .members = st->members };

	new.member = calloc(st->members + 1, sizeof *new.member);
	new.text = st->end == PHASE_PENDING ? NULL : strdup(st->text);
	if (g != NO_GANG)
		h->gangs.item[g] = (struct gang){ 0 };
	if (g == NO_GANG || !new.member) {
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
	h->gangs.item[g] = new;
	h->gangs.live++;
	h->gangs.dirty = true;
	return g;
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
	*x = (struct gang){ 0 };
	h->gangs.live--;
}

void gang_free(struct hub *h)
{
	for (uint32_t i = 0; i < h->gangs.count; i++) {
		free(h->gangs.item[i].member);
		free(h->gangs.item[i].text);
	}
	free(h->gangs.item);
	h->gangs = (struct gangs){ 0 };
}

uint32_t gang_find(const struct hub *h, const struct uuid *id)
{
	for (uint32_t i = 0; i < h->gangs.count; i++)
		if (h->gangs.item[i].live && !uuid_cmp(&h->gangs.item[i].id, id))
			return i;
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
			x->member[i].owed = x->placed && job->aside && !job->attempt;
	h->gangs.dirty = true;
}

void gang_drop_plan(struct hub *h, uint32_t g)
{
	struct gang *x = &h->gangs.item[g];

	for (uint32_t i = 0; i < x->members; i++)
		if (x->member[i].plan)
			place_give_back(&h->sites.site[x->member[i].plan_site]->time, &x->member[i].plan);
}
