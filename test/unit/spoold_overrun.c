/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job that runs longer than it may, and the promises behind it: nobody's is
 * broken because a site was late with its mail; but when the site has spoken
 * and the job goes on, it is said whose was, and why.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "hub.h"
#include "inbox.h"
#include "instant.h"
#include "io.h"
#include "recover.h"
#include "report.h"
#include "reserved.h"
#include "round.h"
#include "site_table.h"
#include "site_time.h"
#include "tap.h"

static struct hub h;
static struct diag d;
static int64_t now, base;
static char spool[] = "/tmp/spool-test.XXXXXX";

static void learn(void)
{
	struct buf doc = BUF_INIT;
	uint16_t site = site_table_add(&h, "north", &d);

	buf_adds(&doc, "site: north\ntime: ");
	instant_format(h.now, &doc);
	buf_adds(&doc, "\ncapacity: {cores: 4, memory: 16GiB, disk: 100GB}\ntypes: [process]\n"
		 "pull: {jobs: 100}\n");
	if (site_table_learn(&h, site, doc.s, doc.len, true, &d) < 0)
		bail(d.text);
	buf_free(&doc);
}

static bool start(void)
{
	d = (struct diag)DIAG_INIT;
	if (hub_open(&h, spool, SPOOL_LOCK, &d) < 0)
		return false;
	h.now = now;
	return recover(&h, &d) == 0;
}

static void turn(void)
{
	struct inbox_result res;
	bool more;
	int64_t wake;

	h.now = now;
	accounts_turn(&h);
	if (inbox_take(&h, &res, &d) < 0)
		bail(d.text);
	site_time_overruns(&h);
	site_time_settle(&h);
	reserved_seek(&h);
	round_run(&h, ROUND_ALL, &more, &wake);
	if (hub_commit(&h) < 0)
		bail("no commit");
}

static void put(const char *name, const char *text, int64_t from)
{
	char hidden[40], drop[40];
	struct buf b = BUF_INIT;

	buf_adds(&b, text);
	if (from) {
		instant_format(from, &b);
		buf_adds(&b, strstr(text, "reservation") ? ", duration: PT1H}\n" : ", minduration: PT1H}]\n");
	}
	snprintf(hidden, sizeof hidden, ".%s", name);
	snprintf(drop, sizeof drop, "%s.yaml", name);
	if (io_create(h.spool.inbox, hidden, 0600, b.s, b.len, &d) < 0 ||
	    renameat(h.spool.inbox, hidden, h.spool.inbox, drop) < 0)
		bail("cannot drop");
	buf_free(&b);
}

static uint32_t first_in(enum phase p)
{
	for (uint32_t j = 0; j < h.jobs.used; j++)
		if (h.jobs.job[j].phase == p && jobs_find(&h.jobs, &h.jobs.job[j].id) == j)
			return j;
	return NO_JOB;
}

static void hear(void)
{
	h.sites.site[0]->spoke = true;
	h.sites.site[0]->heard = h.ticks;
}

int main(void)
{
	uint32_t runs, session;
	struct message_report r = { .attempt = 1, .phase = PHASE_RUNNING, .exit = -1, .signal = -1 };

	now = base = (instant_now() / HOUR_US + 1) * HOUR_US;
	ok(mkdtemp(spool) && spool_init(spool, &d) == 0 && start(), "a spool");
	ok(spool_site_make(&h.spool, "north", &d) == 0, "a site");
	hub_close(&h);
	ok(start(), "served");
	learn();
	put("first", "task: {type: process}\nresources: {compute: {min-cores: 3}}\ntime: [{maxduration: PT1H}]\n", 0);
	turn();
	runs = first_in(PHASE_WAITING);
	ok(runs != NO_JOB, "a job is at the site");
	put("next", "task: {type: process}\nresources: {compute: {min-cores: 2}}\ntime: [{start: ", base + HOUR_US);
	put("slot", "reservation:\n  resources: {compute: {min-cores: 2}}\n  time: {start: ", base + HOUR_US);
	turn();
	session = runs == NO_JOB ? NO_JOB : 1 - runs;
	ok(session != NO_JOB && h.jobs.job[session].agreed && h.jobs.job[session].start == base + HOUR_US,
	   "a session is agreed behind it");
	is_int(h.reservations.count && h.reservations.item[0].live && !h.reservations.item[0].missing, 1,
	       "and a reservation");

	r.job = h.jobs.job[runs].id;
	r.start = base + 20 * SECOND_US;
	now = base + 40 * SECOND_US;
	h.now = now;
	ok(report_act(&h, 0, &r, &d) == 0, "it began 20 seconds late");
	turn();
	ok(h.jobs.job[session].agreed && !h.reservations.item[0].missing, "what is promised behind it stands");
	now = base + HOUR_US + 30 * MINUTE_US;
	turn();
	ok(h.jobs.job[session].agreed && !h.reservations.item[0].missing,
	   "half an hour too late the site has not spoken: it stands");
	hub_close(&h);
	ok(start(), "a start");
	learn();
	runs = first_in(PHASE_RUNNING);
	session = first_in(PHASE_WAITING);
	ok(session != NO_JOB && h.jobs.job[session].agreed && !h.reservations.item[0].missing, "finds the same");

	hear();
	turn();
	ok(first_in(PHASE_RUNNING) == runs, "the site has spoken, and the job goes on");
	is_int((int)h.count.promises_broken, 2, "two promises are broken, as neither has room beside it");
	ok(h.reservations.item[0].missing, "that of the reservation");
	ok(session >= h.jobs.used || !h.jobs.job[session].agreed || h.jobs.job[session].start != base + HOUR_US,
	   "and that of the session");
	r.phase = PHASE_COMPLETED;
	ok(report_act(&h, 0, &r, &d) == 0, "it ends");
	turn();
	ok(!h.reservations.item[0].missing, "and the rest of the slot is held again");
	hub_close(&h);
	io_remove_tree(AT_FDCWD, spool, NULL);
	return done();
}
