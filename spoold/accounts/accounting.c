/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "accounting.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts.h"
#include "csv.h"
#include "instant.h"
#include "io.h"
#include "plan/price.h"
#include "request.h"
#include "shapes.h"
#include "sums.h"
#include "transition.h"

enum { FILE_NAME = 40, TAIL = 256 << 10 };

static const char header[] =
	"job,attempt,site,owner,user,name,phase,cause,cores,memory,start,end,wall_s,user_s,system_s,"
	"maxrss,staged,group,gpus,returned,price\n";

static void add_instant(struct buf *b, int64_t t)
{
	if (t)
		instant_format(t, b);
	buf_addc(b, ',');
}

/* What tells lines apart. */
static void add_key(struct buf *b, const struct uuid *job, uint32_t attempt, const struct site *site)
{
	char id[UUID_TEXT];

	uuid_format(job, id);
	buf_addf(b, "%s,%u,%s,", id, attempt, site->name);
}

/* What it cost, at the prices of now. */
static double price(const struct hub *h, const struct site *site, const struct demand *d, uint64_t returned,
		    const struct message_report *r)
{
	struct usage u = price_expect(d, (int64_t)(r->wall * 1e6), r->staged + returned);
	struct prices p;

	price_list(&h->config, site->name, site->known ? &site->doc : NULL, &p);
	return price_of(&p, &u);
}

/* What left the site: for the hub, and for the stores that its storage names. */
static uint64_t returned_by(const struct message_report *r)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < r->files; i++)
		bytes += r->file[i].size;
	for (uint32_t i = 0; i < r->storeds; i++)
		bytes += r->stored[i].bytes;
	return bytes;
}

static void add_rest(struct buf *b, const struct hub *h, const struct site *site, const struct demand *d,
		     const struct job_record *rec, const struct message_report *r)
{
	const struct config_account *group = config_group_of(&h->config.accounts, rec->user);
	uint64_t returned = returned_by(r);

	buf_addf(b, "%u,", rec->owner);
	csv_text(b, rec->user);
	buf_addc(b, ',');
	csv_text(b, rec->name);
	buf_addf(b, ",%s,%s,%u,%" PRIu64 ",", phase_name((enum phase)r->phase), r->cause ? r->cause : "",
		 d->cores, d->memory);
	add_instant(b, r->start);
	add_instant(b, r->end);
	buf_addf(b, "%.3f,%.3f,%.3f,%" PRIu64 ",%" PRIu64 ",%s,%u,%" PRIu64 ",%.6f\n", r->wall, r->user,
		 r->system, r->maxrss, r->staged, group ? group->name : "", d->gpus, returned,
		 price(h, site, d, returned, r));
}

/* The file of this month, or of the one so many before. */
static void file_name(const struct hub *h, int before, char name[FILE_NAME])
{
	char month[16];

	sums_month_name(sums_month(h->now) - before, month);
	snprintf(name, FILE_NAME, "accounting/%s.csv", month);
}

/* With its header when it is new.  What stands there already, from before a
 * crash, is not written again. */
static int append(struct hub *h, const struct buf *line, struct diag *d)
{
	char name[FILE_NAME];

	if (sums_known(h, line->s, line->len))
		return 0;
	file_name(h, 0, name);
	if (faccessat(h->spool.root, name, F_OK, 0) < 0) {
		if (io_create(h->spool.root, name, 0644, header, sizeof header - 1, d) < 0)
			return -1;
		sums_add(h, sums_month(h->now), header, sizeof header - 2);
	}
	h->unflushed = true;
	if (io_append(h->spool.root, name, line->s, line->len, d) < 0)
		return -1;
	sums_add(h, sums_month(h->now), line->s, line->len - 1);
	return 0;
}

int accounting_add(struct hub *h, uint32_t j, const struct message_report *r, struct diag *d)
{
	struct buf text = BUF_INIT, line = BUF_INIT;
	struct job_state st;
	int got = -1;

	if (transition_state(h, j, &text, &st, d) == 0) {
		const struct job *job = &h->jobs.job[j];

		const struct site *site = h->sites.site[job->site];
		struct demand given = accounts_given(h, job->shape, job->cores, job->memory);

		add_key(&line, &job->id, job->attempt, site);
		add_rest(&line, h, site, &given, &st.record, r);
		got = line.failed ? diag_nomem(d) : append(h, &line, d);
	}
	buf_free(&text);
	buf_free(&line);
	return got;
}

/* --- after a crash -------------------------------------------------------------- */

/* The last bytes of a file, from the beginning of a line on unless all of it
 * is there.  Its descriptor, open for writing, or -1. */
static int open_tail(struct hub *h, int before, struct buf *tail, off_t *start)
{
	char name[FILE_NAME];
	struct stat st;
	ssize_t n = -1;
	int fd;

	file_name(h, before, name);
	fd = openat(h->spool.root, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && buf_reserve(tail, TAIL)) {
		*start = st.st_size > TAIL ? st.st_size - TAIL : 0;
		n = pread(fd, tail->s, TAIL, *start);
	}
	if (n < 0) {
		close(fd);
		return -1;
	}
	tail->len = (size_t)n;
	tail->s[n] = '\0';
	return fd;
}

static int add_demand(struct hub *h, struct buf *line, const struct site *site, const struct job_state *job,
		      const struct message_report *r, struct diag *d)
{
	uint32_t shape = shapes_find(&h->shapes, job->record.shape);
	struct tree t = TREE_INIT;
	struct request request;
	struct demand given;

	if (shape == NO_SHAPE && tree_parse(&t, job->body, job->body_len, NULL, d) == 0 &&
	    request_read(&t, t.root, &request, d) == 0)
		shape = shapes_intern(h, &request, d);
	tree_free(&t);
	if (shape == NO_SHAPE)
		return -1;
	given = accounts_given(h, shape, job->cores, job->memory);
	add_rest(line, h, site, &given, &job->record, r);
	return line->failed ? diag_nomem(d) : 0;
}

int accounting_again(struct hub *h, uint16_t site, const struct job_state *job,
		     const struct message_report *r, struct diag *d)
{
	struct buf line = BUF_INIT;
	int got = 0;

	add_key(&line, &r->job, r->attempt, h->sites.site[site]);
	if (!sums_known(h, line.s, line.len) && (got = add_demand(h, &line, h->sites.site[site], job, r, d)) == 0)
		got = append(h, &line, d);
	buf_free(&line);
	return got;
}

static int mend(struct hub *h, int fd, const struct buf *tail, off_t start, struct diag *d)
{
	const char *last = tail->len ? memrchr(tail->s, '\n', tail->len) : NULL;
	off_t size = last ? start + (last + 1 - tail->s) : start;

	if (last && last + 1 == tail->s + tail->len)
		return 0;
	h->unflushed = true;
	/* Not even the header is whole: it is begun anew. */
	if (size < (off_t)sizeof header - 1)
		return ftruncate(fd, 0) < 0 || pwrite(fd, header, sizeof header - 1, 0) < 0
			? diag_errno(d, "cannot begin accounting anew") : 0;
	return ftruncate(fd, size) < 0 ? diag_errno(d, "cannot cut a torn line off accounting") : 0;
}

int accounting_recover(struct hub *h, struct diag *d)
{
	struct buf tail = BUF_INIT;
	off_t start = 0;
	int r = 0;

	for (int before = 0; before < 2 && r == 0; before++) {
		int fd = open_tail(h, before, &tail, &start);

		if (fd < 0)
			continue;
		r = mend(h, fd, &tail, start, d);
		close(fd);
	}
	buf_free(&tail);
	return r == 0 ? sums_open(h, d) : r;
}
