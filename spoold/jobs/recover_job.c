/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recover_job.h"

#include "accounts.h"
#include "arrays.h"
#include "gang.h"
#include "lifetime.h"
#include "names.h"
#include "queue.h"
#include "reserved.h"
#include "shapes.h"
#include "site_table.h"
#include "site_time.h"

static uint32_t shape_of(struct hub *h, const struct job_state *st, struct diag *d)
{
	uint32_t shape = shapes_find(&h->shapes, st->record.shape);
	struct tree t = TREE_INIT;
	struct request r;

	if (shape != NO_SHAPE)
		return shape;
	if (tree_parse(&t, st->body, st->body_len, NULL, d) == 0 && request_read(&t, t.root, &r, d) == 0)
		shape = shapes_intern(h, &r, d);
	tree_free(&t);
	return shape;
}

static bool has_site(const struct job_state *st)
{
	return st->phase != PHASE_PENDING && st->phase != PHASE_OFFERED;
}

static void fill(struct hub *h, struct job *job, const struct job_state *st)
{
	job->owner = st->record.owner;
	job->name = learned_name(h, &st->record);
	job->lasting = lifetime_likely(st->body, st->body_len);
	job->attempt = st->attempt;
	job->since = st->since;
	job->message = st->message;
	job->cancelling = st->cancelling;
	job->held = st->held && st->phase == PHASE_PENDING;
	job->waits = st->waits && st->phase == PHASE_PENDING;
	job->tasks = job->rests = st->record.tasks;
	job->retries = (uint8_t)st->record.retries;
	job->failures = (uint8_t)(st->failures < 255 ? st->failures : 255);
}

/* What it holds there. */
static void take_place(struct hub *h, uint32_t j, uint16_t site, const struct job_state *st)
{
	struct job *job = &h->jobs.job[j];

	job->site = site;
	job->agreed = st->start != 0;
	job->start = st->start ? st->start : st->planned;
	if (st->phase >= PHASE_RUNNING)
		job->start = site_time_began(job, st->began, st->since);
	job->length = st->length;
	job->cores = st->cores;
	job->memory = st->memory;
	site_table_hold(h, site, j);
	reserved_enter(h, j);
}

/* An account, a lane, and its array if it is a task of one. */
static int join(struct hub *h, uint32_t j, const struct job_record *r, struct diag *d)
{
	if (accounts_user(h, h->jobs.job[j].owner, r->user, d) == NO_ACCOUNT || queue_join(h, j, d) < 0)
		return -1;
	if (!r->task || arrays_adopt(h, j, r, d) == 0)
		return 0;
	queue_leave(h, j);
	return -1;
}

int recover_job(struct hub *h, const struct job_state *st, uint32_t *index, struct diag *d)
{
	uint32_t shape = shape_of(h, st, d), j;
	uint16_t site = NO_SITE;

	if (shape == NO_SHAPE || (has_site(st) && (site = site_table_add(h, st->site, d)) == NO_SITE))
		return -1;
	if ((j = jobs_add(&h->jobs, &st->record.id)) == NO_JOB)
		return diag_nomem(d);
	h->jobs.job[j].shape = shape;
	fill(h, &h->jobs.job[j], st);
	if (join(h, j, &st->record, d) < 0) {
		jobs_remove(&h->jobs, j);
		return -1;
	}
	names_note(h, st->record.owner, st->record.name, &st->record.id);
	jobs_set_phase(&h->jobs, j, st->phase);
	gang_join(h, j, &st->record);
	if (has_site(st))
		take_place(h, j, site, st);
	*index = j;
	return 0;
}
