/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recover_mailbox.h"

#include <stdio.h>
#include <string.h>

#include "io.h"
#include "message.h"
#include "report.h"
#include "say.h"
#include "site_table.h"

struct vouching { struct hub *h; uint16_t site; uint32_t told; uint64_t number; };

/* Waits at the site for the word that this message brings. */
static bool told_by(const struct vouching *v, const struct job *job)
{
	return job->site == v->site && job->phase == PHASE_WAITING && job->message == v->number;
}

static bool count_line(struct vouching *v, const struct line *l)
{
	struct message_assign m;
	struct tree t = TREE_INIT;
	bool good = true;
	uint32_t j;

	if (message_kind(l, NULL) != SAY_ASSIGN)
		return true;
	good = message_read_assign(&t, l, &m, NULL) == 0;
	j = good ? jobs_find(&v->h->jobs, &m.job) : NO_JOB;
	if (j != NO_JOB && told_by(v, &v->h->jobs.job[j]) && v->h->jobs.job[j].attempt == m.attempt)
		v->told++;
	tree_free(&t);
	return good;
}

/*
 * A hidden message that is whole was written when all that it tells of was on
 * disk (hub_commit), and is on disk itself since recover() flushed.  But if its
 * own flush failed, nobody has seen it, and jobs may have been assigned since
 * that count on the same number.
 */
static bool vouch(const char *text, size_t len, void *ctx)
{
	struct vouching *v = ctx;
	struct site *s = v->h->sites.site[v->site];
	struct buf b = { (char *)text, len, 0, false };
	struct line_reader r;
	struct line l;
	bool good = mailbox_lines(&r, &b, NULL) == 0;
	uint32_t waiting = 0;
	int got;

	v->told = 0;
	v->number = s->out.last + 1;
	while (good && (got = line_next(&r, &l, NULL)) != 0)
		good = got > 0 && count_line(v, &l);
	line_close(&r);
	for (uint32_t j = s->held.head; j != NO_JOB; j = v->h->jobs.job[j].next)
		waiting += told_by(v, &v->h->jobs.job[j]);
	return good && waiting == v->told;
}

static int open_mailbox(struct hub *h, uint16_t site, struct diag *d)
{
	struct vouching v = { .h = h, .site = site };
	struct site *s = h->sites.site[site];

	if (mailbox_open(&s->out, s->down, vouch, &v, d) < 0)
		return -1;
	s->cursor = s->out.newest.ack;
	s->peer = s->out.newest.ack_box;
	return 0;
}

/* What cannot be told any more, a dataset has gone, is assigned anew. */
static int assign_again(struct hub *h, uint32_t j, struct buf *text, struct diag *d)
{
	const struct job *job = &h->jobs.job[j];
	struct diag why = DIAG_INIT;
	char name[SPOOL_JOB_NAME];
	struct job_state st;

	spool_job_name(&job->id, name);
	buf_reset(text);
	if (io_read(h->spool.jobs[job->phase], name, 64u << 20, text, d) < 0 ||
	    jobfile_read(text->s, text->len, &st, d) < 0)
		return -1;
	if (say_assign(h, j, &st, &why) == 0)
		return 0;
	if (why.err == 0)
		return report_lost(h, j, why.text, d);
	*d = why;
	return -1;
}

/* Assignments that no visible message tells, and cancellations. */
static int tell_again(struct hub *h, uint16_t site, struct buf *text, struct diag *d)
{
	struct site *s = h->sites.site[site];

	for (uint32_t j = s->held.head, next; j != NO_JOB; j = next) {
		struct job job = h->jobs.job[j];

		next = job.next;
		if (job.message > s->out.last && job.phase == PHASE_WAITING &&
		    assign_again(h, j, text, d) < 0)
			return -1;
		if (job.cancelling)
			say_cancel(h, site, &job.id, job.attempt, "asked for before the hub was restarted");
	}
	return 0;
}

/* Numbers must not be guessed: nothing is said until the directory is mended. */
static void stop_box(struct hub *h, uint16_t site, const struct diag *d)
{
	struct site *s = h->sites.site[site];

	s->out.dir = -1;
	if (strncmp(s->stuck_why, d->text, sizeof s->stuck_why - 1))
		hub_log("the mail to %s is stopped: %s", s->name, d->text);
	snprintf(s->stuck_why, sizeof s->stuck_why, "%s", d->text);
}

int recover_mailbox(struct hub *h, uint16_t site, struct diag *d)
{
	struct buf text = BUF_INIT;
	struct diag why = DIAG_INIT;
	int r = 0;

	if (h->sites.site[site]->down < 0)
		return 0;
	if (open_mailbox(h, site, &why) < 0)
		stop_box(h, site, &why);
	else
		r = tell_again(h, site, &text, d);
	buf_free(&text);
	return r;
}
