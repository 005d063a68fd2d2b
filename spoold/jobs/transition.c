/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transition.h"

#include <assert.h>
#include <string.h>

#include "after.h"
#include "arrays.h"
#include "io.h"
#include "linefile.h"
#include "queue.h"
#include "round_plan.h"
#include "said.h"
#include "site_table.h"
#include "site_time.h"

/* A request is at most 1 MiB; events are small but may be many. */
enum { JOB_FILE_MAX = 64 << 20 };

void transition_line(struct hub *h, struct buf *b, uint32_t j, enum phase to)
{
	const struct job *job = &h->jobs.job[j];

	line_begin(b);
	line_text(b, "phase", phase_name(to));
	line_time(b, "time", h->now);
	if (job->site != NO_SITE && to != PHASE_PENDING)
		line_text(b, "site", h->sites.site[job->site]->name);
	if (job->attempt)
		line_int(b, "attempt", job->attempt);
}

static struct fresh *fresh_of(struct hub *h, uint32_t j)
{
	uint32_t f = h->jobs.job[j].fresh;

	return f ? &h->fresh[f - 1] : NULL;
}

static struct buf *fresh_text(struct hub *h, uint32_t j)
{
	struct fresh *f = fresh_of(h, j);

	return f ? &f->text : NULL;
}

int transition_read(struct hub *h, uint32_t j, struct buf *text, struct diag *d)
{
	const struct job *job = &h->jobs.job[j];
	struct buf *fresh = fresh_text(h, j);
	char name[SPOOL_JOB_NAME];

	if (fresh) {
		buf_add(text, fresh->s, fresh->len);
		return text->failed ? diag_nomem(d) : 0;
	}
	spool_job_name(&job->id, name);
	return io_read(h->spool.jobs[job->phase], name, JOB_FILE_MAX, text, d);
}

/* A fresh job is known without reading what was just written. */
int transition_state(struct hub *h, uint32_t j, struct buf *text, struct job_state *st,
		     struct diag *d)
{
	struct fresh *f = fresh_of(h, j);

	if (!f)
		return transition_read(h, j, text, d) < 0 ? -1 : jobfile_read(text->s, text->len, st, d);
	*st = (struct job_state){
		.record = f->record, .phase = (enum phase)h->jobs.job[j].phase, .since = f->record.time,
		.body = f->text.s + f->body, .body_len = f->body_len, .whole = f->text.len,
	};
	return 0;
}

static int append(struct hub *h, uint32_t j, const struct buf *line, struct diag *d)
{
	char name[SPOOL_JOB_NAME];
	off_t before;

	spool_job_name(&h->jobs.job[j].id, name);
	h->unflushed = true;
	return linefile_append(h->spool.jobs[h->jobs.job[j].phase], name, line, &before, d);
}

static int move(struct hub *h, uint32_t j, enum phase to, const struct buf *line, struct diag *d)
{
	char name[SPOOL_JOB_NAME];

	spool_job_name(&h->jobs.job[j].id, name);
	h->unflushed = true;
	return linefile_move(h->spool.jobs[h->jobs.job[j].phase], h->spool.jobs[to], name, line, d);
}

static int create(struct hub *h, uint32_t j, enum phase in, const struct buf *text, struct diag *d)
{
	char name[SPOOL_JOB_NAME];

	spool_job_name(&h->jobs.job[j].id, name);
	h->unflushed = true;
	if (text->failed)
		return diag_nomem(d);
	return io_create(h->spool.jobs[in], name, 0600, text->s, text->len, d);
}

static void drop_fresh(struct hub *h, uint32_t j)
{
	struct fresh *f = &h->fresh[h->jobs.job[j].fresh - 1];

	buf_free(&f->text);
	f->job = NO_JOB;
	h->jobs.job[j].fresh = 0;
}

void transition_forget_fresh(struct hub *h, uint32_t j)
{
	drop_fresh(h, j);
	round_unplan(h, j);
	after_left(h, j);
	arrays_left(h, j, PHASE_PENDING);
	queue_leave(h, j);
	jobs_remove(&h->jobs, j);
}

int transition_write_fresh(struct hub *h, uint32_t j, struct diag *d)
{
	struct fresh *f = &h->fresh[h->jobs.job[j].fresh - 1];

	if (create(h, j, h->jobs.job[j].phase, &f->text, d) < 0)
		return -1;
	if (f->dropped)
		hub_leave(h, f->record.drop, &f->mark);
	drop_fresh(h, j);
	return 0;
}

static bool at_site(enum phase p)
{
	return p >= PHASE_WAITING && !phase_final(p);
}

/* What is true in memory follows what is true on disk. */
static void account(struct hub *h, uint32_t j, enum phase to)
{
	struct job *job = &h->jobs.job[j];
	enum phase from = (enum phase)job->phase;

	jobs_set_phase(&h->jobs, j, to);
	job->since = h->now;
	job->cancelling = false;
	if (from == PHASE_PENDING && to != PHASE_PENDING) {
		queue_take(h, j);
		job->held = job->aside = job->rests = false;
		after_left(h, j);
	}
	if (at_site(from) && !at_site(to)) {
		site_table_release(h, job->site, j);
		site_time_leave(h, j);
	}
	if (!at_site(from) && at_site(to))
		site_table_hold(h, job->site, j);
	if (from != PHASE_PENDING && to == PHASE_PENDING) {
		job->site = NO_SITE;
		job->aside = job->gang != 0;
		queue_put(h, j, true);
	}
	if (at_site(to)) {
		site_time_follow(h, j);
		h->sites.site[job->site]->told = false;
	}
	if (to == PHASE_RUNNING || to == PHASE_RELEASING)
		site_table_starts(h, job->site, j);
	switch (to) {
	case PHASE_COMPLETED: h->count.completed++; break;
	case PHASE_FAILED: h->count.failed++; break;
	case PHASE_CANCELLED: h->count.cancelled++; break;
	case PHASE_EXPIRED: h->count.expired++; break;
	default: break;
	}
	h->gangs.dirty |= job->gang != 0;
	if (job->task)
		arrays_moved(h, j);
	if (phase_final(to)) {
		after_ended(h, &job->id, to);
		arrays_left(h, j, to);
		queue_leave(h, j);
		jobs_remove(&h->jobs, j);
	}
}

int transition_make(struct hub *h, uint32_t j, enum phase to, struct buf *line, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	struct fresh *f = fresh_of(h, j);

	assert(job->phase == to || phase_may(job->phase, to));
	said_mark(h, line);
	line_end(line);
	if (line->failed)
		return diag_nomem(d);
	if (f) {
		size_t before = f->text.len;

		buf_add(&f->text, line->s, line->len);
		if (create(h, j, to, &f->text, d) < 0) {
			f->text.len = before;
			f->text.failed = false;
			return -1;
		}
		if (f->dropped)
			hub_leave(h, f->record.drop, &f->mark);
		drop_fresh(h, j);
	} else if (move(h, j, to, line, d) < 0) {
		return -1;
	}
	account(h, j, to);
	return 0;
}

int transition_remark(struct hub *h, uint32_t j, struct buf *line, struct diag *d)
{
	struct buf *fresh = fresh_text(h, j);

	said_mark(h, line);
	line_end(line);
	if (line->failed)
		return diag_nomem(d);
	if (fresh) {
		buf_add(fresh, line->s, line->len);
		return fresh->failed ? diag_nomem(d) : 0;
	}
	return append(h, j, line, d);
}
