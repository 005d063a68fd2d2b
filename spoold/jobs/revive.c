/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "revive.h"

#include <stdio.h>

#include "after.h"
#include "arrays.h"
#include "io.h"
#include "queue.h"
#include "recover_job.h"
#include "said.h"

static int take_up(struct hub *h, const struct job_state *st, const struct buf *text, uint32_t *j,
		   struct diag *d)
{
	if (recover_job(h, st, j, d) < 0 || (st->record.tasks && arrays_recover(h, *j, text, d) < 0))
		return -1;
	queue_put(h, *j, false);
	return st->waits ? after_recover(h, *j, text, d) : 0;
}

/* The file first: what is killed after the rename is found pending. */
int revive(struct hub *h, const struct uuid *id, enum phase from, const char *by, const struct buf *text,
	   uint32_t *j, struct diag *d)
{
	struct buf whole = BUF_INIT, line = BUF_INIT;
	struct job_state st;
	char name[SPOOL_JOB_NAME];
	int r = -1;

	spool_job_name(id, name);
	line_begin(&line);
	line_text(&line, "phase", phase_name(PHASE_PENDING));
	line_time(&line, "time", h->now);
	line_text(&line, "command", "retry");
	line_text(&line, "by", by);
	said_mark(h, &line);
	line_end(&line);
	buf_add(&whole, text->s, text->len);
	buf_add(&whole, line.s, line.len);
	h->unflushed = true;
	if (whole.failed || line.failed)
		diag_nomem(d);
	else if (jobfile_read(whole.s, whole.len, &st, d) == 0 &&
		 io_append(h->spool.jobs[from], name, line.s, line.len, d) == 0 &&
		 (renameat(h->spool.jobs[from], name, h->spool.jobs[PHASE_PENDING], name) == 0 ||
		  diag_errno(d, "cannot move job %s to pending", name) == 0))
		r = take_up(h, &st, &whole, j, d);
	buf_free(&whole);
	buf_free(&line);
	return r;
}

int revive_read(struct hub *h, const struct uuid *id, enum phase from, const char *by, uint32_t *j,
		struct diag *d)
{
	struct buf text = BUF_INIT;
	char name[SPOOL_JOB_NAME];
	int r;

	spool_job_name(id, name);
	r = io_read(h->spool.jobs[from], name, 64u << 20, &text, d);
	if (r == 0)
		r = revive(h, id, from, by, &text, j, d);
	buf_free(&text);
	return r;
}
