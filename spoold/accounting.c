/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "accounting.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "transition.h"

static const char header[] =
	"job,attempt,site,owner,user,name,phase,cause,cores,memory,start,end,wall_s,user_s,system_s,"
	"maxrss,staged\n";

/* RFC 4180: quoted where it has to be. */
static void add_text(struct buf *b, const char *s)
{
	if (!strpbrk(s, ",\"\r\n")) {
		buf_adds(b, s);
		return;
	}
	buf_addc(b, '"');
	for (; *s; s++) {
		if (*s == '"')
			buf_addc(b, '"');
		buf_addc(b, *s);
	}
	buf_addc(b, '"');
}

static void add_instant(struct buf *b, int64_t t)
{
	if (t)
		instant_format(t, b);
	buf_addc(b, ',');
}

static void add_line(struct hub *h, struct buf *b, uint32_t j, const struct job_record *rec,
		     const struct message_report *r)
{
	const struct job *job = &h->jobs.job[j];
	const struct demand *d = &h->shapes.row[job->shape].shape.demand;
	char id[UUID_TEXT];

	uuid_format(&job->id, id);
	buf_addf(b, "%s,%u,%s,%u,", id, job->attempt, h->sites.site[job->site]->name, job->owner);
	add_text(b, rec->user);
	buf_addc(b, ',');
	add_text(b, rec->name);
	buf_addf(b, ",%s,%s,%u,%" PRIu64 ",", phase_name((enum phase)r->phase), r->cause ? r->cause : "",
		 d->cores, d->memory);
	add_instant(b, r->start);
	add_instant(b, r->end);
	buf_addf(b, "%.3f,%.3f,%.3f,%" PRIu64 ",%" PRIu64 "\n", r->wall, r->user, r->system, r->maxrss,
		 r->staged);
}

/* The file of the month, with its header when it is new. */
static int append(struct hub *h, const struct buf *line, struct diag *d)
{
	time_t t = (time_t)(h->now / SECOND_US);
	char name[40];
	struct tm tm;

	gmtime_r(&t, &tm);
	snprintf(name, sizeof name, "accounting/%04d-%02d.csv", (tm.tm_year + 1900) % 10000, tm.tm_mon + 1);
	if (faccessat(h->spool.root, name, F_OK, 0) < 0 &&
	    io_create(h->spool.root, name, 0644, header, sizeof header - 1, d) < 0)
		return -1;
	h->unflushed = true;
	return io_append(h->spool.root, name, line->s, line->len, d);
}

int accounting_add(struct hub *h, uint32_t j, const struct message_report *r, struct diag *d)
{
	struct buf text = BUF_INIT, line = BUF_INIT;
	struct job_state st;
	int got = -1;

	if (transition_state(h, j, &text, &st, d) == 0) {
		add_line(h, &line, j, &st.record, r);
		got = line.failed ? diag_nomem(d) : append(h, &line, d);
	}
	buf_free(&text);
	buf_free(&line);
	return got;
}
