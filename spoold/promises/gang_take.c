/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "after.h"
#include "command.h"
#include "drop.h"
#include "gang_extra.h"
#include "gang_part.h"
#include "gang_sets.h"
#include "hub.h"
#include "inbox.h"
#include "io.h"
#include "queue.h"
#include "recover_job.h"
#include "shapes.h"
#include "transition.h"

/* --- members --------------------------------------------------------------------------- */

int gang_make_member(struct hub *h, const struct job_record *of, const struct uuid *id,
		     const struct transaction_job *m, const struct gang_extra *e, struct diag *d)
{
	struct job_record r = *of;
	struct buf body = BUF_INIT, text = BUF_INIT;
	uint32_t shape = shapes_intern(h, &m->request, d), j;
	char name[SPOOL_JOB_NAME];
	struct job_state st;
	int got = -1;

	if (shape == NO_SHAPE)
		return -1;
	r.id = *id;
	r.member = true;
	r.transaction = of->id;
	r.retries = m->request.retries;
	r.shape = h->shapes.row[shape].hash;
	snprintf(r.name, sizeof r.name, "%s", m->request.name ? m->request.name : "");
	snprintf(r.auth, sizeof r.auth, "%s", e->auth ? e->auth : "");
	snprintf(r.identity, sizeof r.identity, "%s", e->identity ? e->identity : "");
	line_node(&body, m->node);
	buf_addc(&body, '\n');
	jobfile_begin(&text, &r, body.s, body.len);
	if (e->waits) {
		line_begin(&text);
		line_raw(&text, "waits", e->waits);
		line_time(&text, "time", h->now);
		line_end(&text);
	}
	spool_job_name(id, name);
	h->unflushed = true;
	if (body.failed || text.failed)
		diag_nomem(d);
	else if (jobfile_read(text.s, text.len, &st, d) == 0 &&
		 io_create(h->spool.jobs[PHASE_PENDING], name, 0600, text.s, text.len, d) == 0) {
		got = recover_job(h, &st, &j, d);
		if (got == 0)
			queue_put(h, j, false);
		else
			unlinkat(h->spool.jobs[PHASE_PENDING], name, 0);
		if (got == 0 && e->waits)
			got = after_recover(h, j, &text, d);
	}
	buf_free(&body);
	buf_free(&text);
	return got;
}

/* As if they had never been. */
static void unmake(struct hub *h, const struct transaction_state *st)
{
	char name[SPOOL_JOB_NAME];

	for (uint32_t i = 0; i < st->members; i++) {
		uint32_t j = jobs_find(&h->jobs, &st->member[i].id);

		if (j == NO_JOB)
			continue;
		spool_job_name(&st->member[i].id, name);
		unlinkat(h->spool.jobs[PHASE_PENDING], name, 0);
		after_left(h, j);
		queue_leave(h, j);
		jobs_remove(&h->jobs, j);
	}
	spool_job_name(&st->record.id, name);
	unlinkat(h->spool.transactions[TRANSACTION_PENDING], name, 0);
}

/* --- drops -------------------------------------------------------------------------------- */

static int create_file(struct hub *h, const struct drop *p, const struct transaction_state *st,
		       const struct gang_extra *e, struct diag *d)
{
	struct buf text = BUF_INIT;
	char name[SPOOL_JOB_NAME];
	int r;

	spool_job_name(&st->record.id, name);
	transaction_file_begin(&text, &st->record, st->member, st->members, p->text.s, p->text.len);
	gang_extra_write(h, e, st, &text);
	h->unflushed = true;
	r = text.failed ? diag_nomem(d) : io_create(h->spool.transactions[TRANSACTION_PENDING], name, 0600,
						    text.s, text.len, d);
	buf_free(&text);
	return r;
}

/* The transaction first: a member without it does not count. */
static int make_all(struct hub *h, const struct drop *p, const struct transaction *x,
		    const struct transaction_state *st, const struct gang_extra *e, struct diag *d)
{
	uint32_t g;
	int r = 0;

	if (create_file(h, p, st, e, d) < 0)
		return -1;
	g = gang_add(h, st, x, d);
	for (uint32_t i = 0; g != NO_GANG && r == 0 && i < x->jobs; i++)
		r = gang_make_member(h, &st->record, &st->member[i].id, &x->job[i], &e[i], d);
	if (g != NO_GANG && r == 0)
		return 0;
	if (g != NO_GANG)
		gang_remove(h, g);
	unmake(h, st);
	return -1;
}

static int make(struct hub *h, const struct drop *p, const struct transaction *x, const struct gang_extra *e,
		struct diag *d)
{
	struct transaction_state st = { 0 };
	struct job_record *rec = &st.record;
	int r;

	*rec = (struct job_record){ .owner = p->st.st_uid, .time = h->now };
	uuid_v7_new(&rec->id);
	inbox_user_name(rec->owner, rec->user);
	snprintf(rec->name, sizeof rec->name, "%s", x->name ? x->name : "");
	snprintf(rec->drop, sizeof rec->drop, "%s", p->name);
	drop_mark_text(&p->mark, rec->source);
	st.members = x->jobs;
	st.member = calloc(x->jobs, sizeof *st.member);
	if (!st.member)
		return diag_nomem(d);
	for (uint32_t i = 0; i < x->jobs; i++)
		uuid_v7_new(&st.member[i].id);
	r = make_all(h, p, x, &st, e, d);
	free(st.member);
	return r;
}

int gang_take(struct hub *h, const struct drop *p, struct tree *t, struct diag *d)
{
	struct transaction x;
	struct gang_extra *e;
	int r;

	if (transaction_read(t, t->root, &x, d) < 0 || hub_leave_reserve(h, 1, d) < 0)
		return -1;
	e = calloc(x.jobs, sizeof *e);
	if (!e)
		return diag_nomem(d);
	r = gang_extra_auth(h, p, &x, e, d);
	if (r > 0)
		r = gang_extra_after(h, &x, p->st.st_uid, e, d) < 0 || make(h, p, &x, e, d) < 0 ? -1 : 1;
	gang_extra_free(e, x.jobs);
	if (r <= 0)
		return r < 0 ? -1 : GANG_UNDECIDED;
	hub_leave(h, p->name, &p->mark);
	h->count.drops++;
	return 0;
}

/* --- commands ------------------------------------------------------------------------------- */

static int say_told(struct hub *h, uint32_t g, int verb, const char *by, struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	line_begin(&line);
	line_text(&line, "command", verb == COMMAND_HOLD ? "hold" : "release");
	line_time(&line, "time", h->now);
	line_text(&line, "by", by);
	r = gang_write(h, g, &line, d);
	buf_free(&line);
	return r;
}

/* To each that waits; one at a site cannot be held. */
static int tell_each(struct hub *h, uint32_t g, int verb, uid_t uid, const char *by, struct diag *d)
{
	const struct gang *x = &h->gangs.item[g];
	int r = say_told(h, g, verb, by, d);

	for (uint32_t i = 0; r == 0 && i < x->members; i++) {
		struct command one = { .verb = verb, .about = ABOUT_JOB, .id = x->member[i].id };
		uint32_t j = jobs_find(&h->jobs, &one.id);

		if (j != NO_JOB && h->jobs.job[j].phase == PHASE_PENDING)
			r = command_run(h, &one, uid, d);
	}
	h->gangs.dirty = true;
	return r;
}

int gang_command(struct hub *h, const struct command *c, uid_t uid, struct diag *d)
{
	uint32_t g = gang_find(h, &c->id);
	char id[UUID_TEXT], by[32];

	uuid_format(&c->id, id);
	snprintf(by, sizeof by, "uid %ju", (uintmax_t)uid);
	if (g == NO_GANG && c->verb == COMMAND_CANCEL && gang_was_cancelled(h, &c->id))
		return 0;
	if (g == NO_GANG)
		return diag_set(d, "there is no transaction %s, or it has ended", id);
	if (uid != h->gangs.item[g].owner && uid != 0 && uid != geteuid())
		return diag_set(d, "transaction %s belongs to somebody else", id);
	if (c->verb == COMMAND_CANCEL)
		return gang_end(h, g, PHASE_CANCELLED, by, c->reason ? c->reason : "cancelled", d);
	return tell_each(h, g, c->verb, uid, by, d);
}

int gang_cancel_with(struct hub *h, uint32_t j, const char *by, const char *reason, struct diag *d)
{
	struct gang *x = h->jobs.job[j].gang ? &h->gangs.item[h->jobs.job[j].gang - 1] : NULL;
	uint32_t g = h->jobs.job[j].gang - 1;
	struct buf line = BUF_INIT;
	char id[UUID_TEXT];
	int r;

	if (!x || x->end != PHASE_PENDING)
		return 0;
	if (x->cancel == CANCEL_ALL)
		return gang_end(h, g, PHASE_CANCELLED, by, reason ? reason : "one of its jobs was cancelled", d) < 0
			? -1 : 1;
	h->gangs.dirty = true;
	if (x->placed)
		return 0;
	uuid_format(&h->jobs.job[j].id, id);
	line_begin(&line);
	line_text(&line, "without", id);
	line_time(&line, "time", h->now);
	line_text(&line, "by", by);
	r = gang_write(h, g, &line, d);
	buf_free(&line);
	for (uint32_t i = 0; r == 0 && i < x->members; i++)
		x->member[i].gone |= !uuid_cmp(&x->member[i].id, &h->jobs.job[j].id);
	return r;
}
