/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Offers after a crash.  The job's line tells them all.  An offer stands when
 * its file lies in offers/offered/, or on its way from there: a job that is still
 * offered has not been accepted, and with none left in offers/offered/ it was
 * about to end, which happens again.  What has no file at all was lost with the
 * power: a job that has nothing else is pending again.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "field.h"
#include "instant.h"
#include "io.h"
#include "offer_files.h"
#include "offers.h"
#include "site_table.h"

struct told {
	const char *site;
	uint32_t offer, cores;
	uint64_t memory;
	int64_t start, latest, until, length;
};

static const struct field told_fields[] = {
	{ "offer", FIELD_COUNT, .offset = offsetof(struct told, offer), .required = true },
	{ "site", FIELD_NAME, .offset = offsetof(struct told, site), .required = true },
	{ "start", FIELD_INSTANT, .offset = offsetof(struct told, start), .required = true },
	{ "latest", FIELD_INSTANT, .offset = offsetof(struct told, latest), .required = true },
	{ "until", FIELD_INSTANT, .offset = offsetof(struct told, until), .required = true },
	{ "length", FIELD_DURATION, .offset = offsetof(struct told, length) },
	{ "cores", FIELD_COUNT, .offset = offsetof(struct told, cores) },
	{ "memory", FIELD_SIZE, .offset = offsetof(struct told, memory) },
	{ NULL }
};

/* Which of those that are told: */
enum standing { STANDS, IS_LEAVING, IS_LOST };

/* -1: that cannot be told now. */
static int standing(struct hub *h, uint32_t j, uint32_t number, struct diag *d)
{
	static const struct { const char *state; enum standing is; } places[] = {
		{ "accepted", STANDS }, { "offered", STANDS }, { "expired", IS_LEAVING }, { "rejected", IS_LEAVING },
	};
	int lies = 0;
	size_t i;

	for (i = 0; lies == 0 && i < sizeof places / sizeof *places; i++)
		lies = offer_file_lies(h, j, number, places[i].state, d);
	if (lies <= 0)
		return lies < 0 ? -1 : IS_LOST;
	if (i == 1)
		offer_file_move(h, j, number, "accepted", "offered");
	return (int)places[i - 1].is;
}

static int add(struct hub *h, uint32_t j, const struct told *t, int64_t expires, bool lost, struct diag *d)
{
	struct offer o = {
		.job = j, .number = (uint8_t)t->offer, .expires = expires, .counts = t->start < expires,
		.start = t->start, .latest = t->latest, .until = t->until, .length = t->length,
		.cores = t->cores, .memory = t->memory, .lost = lost,
	};

	o.site = site_table_add(h, t->site, d);
	if (o.site == NO_SITE)
		return -1;
	return offers_add(h, &o) ? 0 : diag_nomem(d);
}

/* Add those of this standing; how many, -1. */
static int take_up(struct hub *h, uint32_t j, const struct line *l, enum standing which, struct diag *d)
{
	const struct node *list = node_get(l->map, "offers"), *when = node_get(l->map, "expires");
	int64_t expires;
	int n = 0;

	if (!list || !when || instant_parse(when->text, when->len, &expires, d) < 0)
		return 0;
	for (const struct node *one = list->child; one; one = one->next) {
		struct told t = { NULL };
		int is;

		if (field_read(one, "an offer", told_fields, &t, NULL) < 0)
			continue;
		is = standing(h, j, t.offer, d);
		if (is < 0)
			return -1;
		if (is != (int)which)
			continue;
		if (add(h, j, &t, expires, which == IS_LOST, d) < 0)
			return -1;
		n++;
	}
	return n;
}

static int count_rounds(const struct buf *text, struct diag *d)
{
	struct line_reader r;
	struct line l;
	int n = jobfile_events(&r, text->s, text->len, d);

	while (n >= 0 && line_next(&r, &l, NULL) > 0)
		n += line_key_equals(&l, "phase", "offered");
	line_close(&r);
	return n;
}

/* Files of an earlier round of offers have the same names. */
int offers_recover(struct hub *h, uint32_t j, const struct buf *text, struct diag *d)
{
	int rounds = count_rounds(text, d), got = 0;
	struct line_reader r;
	struct line l;

	if (rounds < 0 || jobfile_events(&r, text->s, text->len, d) < 0)
		return -1;
	while (rounds && line_next(&r, &l, NULL) > 0) {
		if (!line_key_equals(&l, "phase", "offered") || --rounds)
			continue;
		for (int s = STANDS; got == 0 && s <= IS_LOST; s++)
			got = take_up(h, j, &l, (enum standing)s, d);
	}
	line_close(&r);
	return got < 0 ? -1 : 0;
}

/* --- when all jobs are known ------------------------------------------------------------ */

/* The job did not end up offered: the file goes where its siblings went. */
static void tidy_one(struct hub *h, DIR *dir, const char *name)
{
	struct uuid id;
	unsigned number;
	uint32_t j;
	char to[96];

	if (strlen(name) < 38 || uuid_parse(name, 36, &id, NULL) < 0 ||
	    sscanf(name + 36, ".%u.yaml", &number) != 1)
		return;
	j = jobs_find(&h->jobs, &id);
	if (j != NO_JOB && h->jobs.job[j].phase == PHASE_OFFERED && offers_numbered(h, j, number))
		return;
	snprintf(to, sizeof to, "offers/%s/%.60s", j == NO_JOB ? "expired" : "rejected", name);
	if (renameat(dirfd(dir), name, h->spool.root, to) < 0 && errno != ENOENT)
		hub_log("offers/offered/%s cannot be moved on: %s", name, strerror(errno));
	h->unflushed = true;
}

static void withdraw_lost(struct hub *h)
{
	for (uint32_t i = 0; i < h->offers.used; i++) {
		const struct offer *o = &h->offers.offer[i];

		if (o->job != NO_JOB && o->lost)
			offers_withdraw(h, o->job, o->number, o->site, o->hold, "its offers were lost");
	}
}

int offers_tidy(struct hub *h, struct diag *d)
{
	DIR *p = io_list(h->spool.root, "offers/offered", d);
	struct dirent *e;
	int r;

	if (!p)
		return -1;
	while ((errno = 0, e = readdir(p)))
		if (e->d_name[0] != '.')
			tidy_one(h, p, e->d_name);
	r = errno ? diag_errno(d, "cannot list offers/offered") : 0;
	closedir(p);
	if (r == 0)
		withdraw_lost(h);
	return r;
}
