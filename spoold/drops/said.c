/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "said.h"

#include <fcntl.h>
#include <unistd.h>

#include "hub.h"
#include "io.h"
#include "request.h"

enum { FILE_MOST = 64 << 20 };

void said_mark(const struct hub *h, struct buf *line)
{
	if (h->command[0])
		line_text(line, "source", h->command);
}

static bool look(const struct hub *h, const struct buf *text, const char *kind, struct job_record *record)
{
	struct line_reader r;
	struct line l;
	bool said = false;

	if (record_open(&r, text->s, text->len, kind, &l, record, NULL) == 0)
		while (!said && line_next(&r, &l, NULL) > 0)
			said = line_key_equals(&l, "source", h->command);
	line_close(&r);
	return said;
}

bool said_in(const struct hub *h, const struct buf *text, const char *kind)
{
	struct job_record record;

	return h->command[0] && look(h, text, kind, &record);
}

/* In whichever of these directories it lies. */
static bool find(const struct hub *h, const int *dir, int dirs, const char *kind, const struct uuid *id,
		 struct job_record *record)
{
	struct buf text = BUF_INIT;
	char name[SPOOL_JOB_NAME];
	bool said = false;

	spool_job_name(id, name);
	for (int p = 0; !said && p < dirs; p++) {
		if (faccessat(dir[p], name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		buf_reset(&text);
		said = io_read(dir[p], name, FILE_MOST, &text, NULL) == 0 && look(h, &text, kind, record);
	}
	buf_free(&text);
	return said;
}

bool said_before(const struct hub *h, const struct command *c)
{
	struct job_record record = { .member = false };
	const struct spool *s = &h->spool;

	if (!h->command[0])
		return false;
	switch (c->about) {
	case ABOUT_RESERVATION:
		return find(h, s->reservations, RESERVATION_PHASES, "reservation", &c->id, &record);
	case ABOUT_TRANSACTION:
		return find(h, s->transactions, TRANSACTION_PHASES, "transaction", &c->id, &record);
	case ABOUT_JOB:
		if (find(h, s->jobs, PHASES, "job", &c->id, &record))
			return true;
		/* What cancels one may cancel all. */
		return record.member && find(h, s->transactions, TRANSACTION_PHASES, "transaction",
					     &record.transaction, &record);
	default:
		return false;
	}
}
