/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "say.h"

#include <stdio.h>
#include <string.h>

#include "export.h"
#include "instant.h"
#include "message.h"
#include "request.h"

/* A heartbeat asks for no answer of its own, but unacknowledged ones must not
 * pile up at the site. */
enum { MOST_UNACKNOWLEDGED = 8 };

void say_mark(struct hub *h, uint16_t site)
{
	struct site *s = h->sites.site[site];

	/* site_table_add made room for every site. */
	if (!s->speaking)
		h->sites.speaking[h->sites.speakers++] = site;
	s->speaking = true;
}

static struct buf *begin(struct hub *h, uint16_t site)
{
	struct site *s = h->sites.site[site];

	say_mark(h, site);
	s->unsay_len = s->say.len;
	s->say_lines++;
	return &s->say;
}

/* Inputs by digest, and where the site does not have them, a copy laid out. */
static int add_inputs(struct hub *h, uint16_t site, const struct request *r, struct tree *t,
		      struct message_assign *m, struct diag *d)
{
	for (uint32_t i = 0; i < r->storages; i++) {
		const struct storage *st = &r->storage[i];
		struct message_input *in = &m->input[m->inputs];

		if (!storage_is_input(st))
			continue;
		if ((st->dataset ? export_input(h, site, st->dataset, st->has_digest ? &st->digest : NULL, t, in, d)
				 : export_address(st->url, st->has_digest ? &st->digest : NULL, t, in, d)) < 0)
			return -1;
		in->name = st->name;
		m->inputs++;
	}
	return 0;
}

static int assign_with_inputs(struct hub *h, uint16_t site, struct message_assign *m, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct request r;
	int got = -1;

	if (tree_parse(&t, m->body, m->body_len, NULL, d) == 0 && request_read(&t, t.root, &r, d) == 0) {
		m->input = tree_alloc(&t, r.storages * sizeof *m->input);
		got = m->input ? add_inputs(h, site, &r, &t, m, d) : diag_nomem(d);
	}
	if (got == 0)
		message_write_assign(begin(h, site), m);
	tree_free(&t);
	return got;
}

int say_assign(struct hub *h, uint32_t j, const struct job_state *st, struct diag *d)
{
	const struct job *job = &h->jobs.job[j];
	const struct shape *shape = &h->shapes.row[job->shape].shape;
	struct message_assign m = {
		.job = job->id, .attempt = job->attempt, .owner = job->owner, .user = st->record.user,
		.name = st->record.name[0] ? st->record.name : NULL,
		.lease = h->now + h->config.lease, .cores = job->cores ? job->cores : shape->demand.cores,
		.memory = job->memory ? job->memory : shape->demand.memory,
		.walltime = job->length ? job->length : shape->demand.walltime,
		.start = job->agreed && job->start > h->now ? job->start : 0,
		.task = st->record.task, .index = st->record.index,
		.body = st->body, .body_len = st->body_len,
	};
	struct message_gpu gpu[shape->gpus + 1];

	for (m.gpu = gpu; m.gpus < shape->gpus; m.gpus++)
		gpu[m.gpus] = (struct message_gpu){ shape->gpu[m.gpus].type, shape->gpu[m.gpus].count };
	if (!m.walltime)
		m.length = h->config.length;
	if (shape->datasets.count || shape->addresses.count)
		return assign_with_inputs(h, job->site, &m, d);
	message_write_assign(begin(h, job->site), &m);
	return 0;
}

void say_unsay(struct hub *h, uint16_t site)
{
	struct site *s = h->sites.site[site];

	s->say.len = s->unsay_len;
	s->say_lines--;
}

void say_cancel(struct hub *h, uint16_t site, const struct uuid *job, uint32_t attempt,
		const char *reason)
{
	struct message_job m = { *job, attempt, reason };

	message_write_job(begin(h, site), SAY_CANCEL, &m);
}

void say_settle(struct hub *h, uint16_t site, const struct uuid *job, uint32_t attempt)
{
	struct message_job m = { *job, attempt, NULL };

	message_write_job(begin(h, site), SAY_SETTLE, &m);
}

/* Younger than all before it, also those of a hub before this one. */
uint32_t say_ask(struct hub *h, uint16_t site, bool look, bool whole)
{
	struct site *s = h->sites.site[site];
	uint32_t now = (uint32_t)(h->now / SECOND_US);
	struct message_ask m = { now > s->asked ? now : s->asked + 1, look, whole };

	s->asked = m.number;
	message_write_ask(begin(h, site), &m);
	return m.number;
}

static bool has_to_speak(const struct site *s)
{
	return s->say_lines || s->reply_due || s->cursor >= s->out.newest.ack + MOST_UNACKNOWLEDGED;
}

static int hide_one(struct site *s, int64_t now, struct diag *d)
{
	struct mail_header head = { .from = "hub", .ack = s->cursor, .ack_box = s->peer, .time = now };
	struct buf b = BUF_INIT;
	int r;

	snprintf(head.to, sizeof head.to, "%s", s->name);
	mailbox_begin(&s->out, &b, &head);
	buf_add(&b, s->say.s, s->say.len);
	if (s->say.failed)
		b.failed = true;
	r = mailbox_hide(&s->out, &b, s->say_lines, d);
	buf_free(&b);
	return r;
}

void say_hide(struct hub *h)
{
	struct diag d = DIAG_INIT;

	for (uint32_t i = 0; i < h->sites.speakers; i++) {
		struct site *s = h->sites.site[h->sites.speaking[i]];

		/* One that was hidden before a flush that failed is written anew,
		 * with what was added since. */
		if (s->out.dir < 0 || !has_to_speak(s))
			continue;
		s->in_commit = hide_one(s, h->now, &d) == 0;
		if (s->in_commit)
			h->unflushed = true;
		else
			hub_site_trouble(h, s, TROUBLE_SPEAKING, "a message to it cannot be written", &d);
	}
}

static void said(struct hub *h, struct site *s)
{
	s->in_commit = false;
	s->trouble &= (uint8_t)~TROUBLE_SPEAKING;
	s->reply_due = false;
	s->say_lines = 0;
	buf_reset(&s->say);
	h->count.messages_out++;
}

void say_show(struct hub *h)
{
	struct diag d = DIAG_INIT;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < h->sites.speakers; i++) {
		uint16_t site = h->sites.speaking[i];
		struct site *s = h->sites.site[site];

		if (s->in_commit && mailbox_show(&s->out, &d) < 0)
			hub_site_trouble(h, s, TROUBLE_SPEAKING, "a message to it cannot be shown", &d);
		else if (s->in_commit)
			said(h, s);
		s->speaking = s->out.dir >= 0 && has_to_speak(s);
		if (s->speaking)
			h->sites.speaking[kept++] = site;
	}
	h->sites.speakers = kept;
}
