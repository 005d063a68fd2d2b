/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fresh.h"

#include <stdlib.h>

#include "accounts.h"
#include "after.h"
#include "grow.h"
#include "hub.h"
#include "lifetime.h"
#include "queue.h"

static struct fresh *new_fresh(struct hub *h, struct diag *d)
{
	if (grow(&h->fresh, h->freshes, &h->fresh_cap, sizeof *h->fresh))
		return &h->fresh[h->freshes];
	diag_nomem(d);
	return NULL;
}

uint32_t fresh_add(struct hub *h, struct job_record *r, uint32_t shape, const char *body, size_t len,
		   struct diag *d)
{
	struct fresh *f = new_fresh(h, d);
	struct job *job;
	uint32_t j;

	if (!f)
		return NO_JOB;
	r->shape = h->shapes.row[shape].hash;
	*f = (struct fresh){ .text = BUF_INIT, .record = *r, .body_len = len };
	f->body = jobfile_begin(&f->text, r, body, len);
	j = f->text.failed ? NO_JOB : jobs_add(&h->jobs, &r->id);
	if (j == NO_JOB) {
		buf_free(&f->text);
		diag_nomem(d);
		return j;
	}
	f->job = j;
	job = &h->jobs.job[j];
	job->fresh = ++h->freshes;
	job->shape = shape;
	job->retries = (uint8_t)r->retries;
	job->owner = r->owner;
	job->name = learned_name(h, r);
	job->lasting = lifetime_likely(body, len);
	job->since = h->now;
	if (accounts_user(h, r->owner, r->user, d) != NO_ACCOUNT && queue_join(h, j, d) == 0)
		return j;
	jobs_remove(&h->jobs, j);
	buf_free(&f->text);
	h->freshes--;
	return NO_JOB;
}

void fresh_drop(struct hub *h, uint32_t j)
{
	buf_free(&h->fresh[--h->freshes].text);
	after_left(h, j);
	queue_leave(h, j);
	jobs_remove(&h->jobs, j);
}
