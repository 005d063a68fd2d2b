/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a site wants to pull, and when; and the ledger of what it took. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "ledger.h"
#include "policy.h"
#include "tap.h"

static struct tree tree = TREE_INIT;

static int read_pull(const char *text, struct policy *p, struct diag *d)
{
	tree_free(&tree);
	if (tree_parse(&tree, text, strlen(text), NULL, d) < 0)
		bail("%s", d->text);
	return policy_read(&tree, tree.root, p, d);
}

static int64_t at(const char *text)
{
	int64_t t;

	if (instant_parse(text, strlen(text), &t, NULL) < 0)
		bail("%s", text);
	return t;
}

static void loads(void)
{
	static const struct { const char *text; double load; } good[] = {
		{ "{load: 150%}", 1.5 }, { "{load: +50%}", 1.5 }, { "{load: -20%}", 0.8 },
		{ "{load: 0%}", 0 }, { "{load: -100%}", 0 }, { "{load: inf}", INFINITY },
		{ "{jobs: 3}", 2 },
	};
	struct diag d;
	struct policy p;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ok(read_pull(good[i].text, &p, &d) == 0 && (isinf(good[i].load) ? isinf(p.load)
			: fabs(p.load - good[i].load) < 1e-9), "%s", good[i].text);
	ok(read_pull("{load: -120%}", &p, &d) < 0, "less than nothing is refused");
	like(d.text, "found \"-120%\", expected a percentage", "and said so");
	ok(read_pull("{load: 3}", &p, &d) < 0, "and what is no percentage");
	ok(read_pull("{calendar: [{from: \"25:00\"}]}", &p, &d) < 0, "no such time of day");
	like(d.text, "from: expected a time of day", "and said so");
	ok(read_pull("{calendar: [{days: [someday]}]}", &p, &d) < 0, "no such day");
}

static bool open_at(const struct policy *p, const char *when, const char *change)
{
	struct policy_now now;
	struct buf text = BUF_INIT;
	bool same;

	policy_at(p, at(when), &now);
	if (now.change)
		instant_format(now.change, &text);
	same = !strncmp(text.s, change, strlen(change)) && (*change || !text.len);
	if (!same)
		note("%s: changes at %s, not at %s", when, text.s, change);
	buf_free(&text);
	return now.open && same;
}

static bool shut_at(const struct policy *p, const char *when, const char *change)
{
	struct policy_now now;

	policy_at(p, at(when), &now);
	return !now.open && !open_at(p, when, change) && now.change == at(change);
}

/* 2026-11-22 is a Sunday. */
static void calendars(void)
{
	struct diag d;
	struct policy p;
	struct policy_now now;

	ok(read_pull("{load: 50%}", &p, &d) == 0 && open_at(&p, "2026-11-22T03:00Z", ""),
	   "without a calendar it is always open");
	ok(read_pull("{load: 50%, calendar: [{days: [mon, tue, wed, thu, fri], from: \"20:00\", "
		     "to: \"06:00\"}, {days: [sat, sun], load: inf, jobs: 7}]}", &p, &d) == 0,
	   "nights and weekends");
	ok(open_at(&p, "2026-11-23T21:00Z", "2026-11-24T06:00"), "Monday night is open");
	ok(open_at(&p, "2026-11-24T05:59Z", "2026-11-24T06:00"), "until the morning");
	ok(shut_at(&p, "2026-11-24T06:00Z", "2026-11-24T20:00Z"), "then it is shut");
	ok(shut_at(&p, "2026-11-23T03:00Z", "2026-11-23T20:00Z"), "Sunday has no night");
	ok(open_at(&p, "2026-11-27T20:00Z", "2026-11-30T00:00"), "from Friday on");
	policy_at(&p, at("2026-11-28T12:00Z"), &now);
	ok(isinf(now.load) && now.jobs == 7, "an entry has a load of its own");
	policy_at(&p, at("2026-11-27T23:00Z"), &now);
	ok(now.load == 0.5 && now.jobs == UINT32_MAX, "or that of all");
}

/* --- the ledger --------------------------------------------------------------------- */

static int dir;

static bool allows(struct ledger *l, const struct policy_day *limit, const char *key, int64_t now)
{
	const struct ledger_entry e = { key, 2, 100, HOUR_US };
	char why[100];

	if (!ledger_allows(l, limit, &e, now, why, sizeof why)) {
		ledger_refuse(l, key, why, now);
		return false;
	}
	ledger_take(l, &e, now);
	return ledger_write(l, dir, NULL) == 0;
}

static void reopen(struct ledger *l, int64_t now)
{
	ledger_close(l);
	if (ledger_open(l, dir, now, NULL) < 0)
		bail("the ledger cannot be read");
}

static void ledgers(void)
{
	struct policy_day limit = { 3, UINT32_MAX, UINT64_MAX, INT64_MAX }, left;
	int64_t now = at("2026-11-22T12:00Z"), tomorrow = at("2026-11-23T12:00Z");
	struct ledger l = { 0 };
	struct buf text = BUF_INIT;

	reopen(&l, now);
	ok(allows(&l, &limit, "a.1", now) && allows(&l, &limit, "b.1", now), "two of three are taken");
	ok(allows(&l, &limit, "a.1", now), "the same again is no other one");
	reopen(&l, now);
	is_int(l.taken.jobs, 2, "a restart forgets nothing");
	is_int(l.taken.cores, 4, "nor how large they were");
	ok(allows(&l, &limit, "c.1", now), "the third is taken");
	ok(!allows(&l, &limit, "d.1", now), "the fourth is not");
	ok(allows(&l, &limit, "b.1", now), "what was taken stays so");
	ledger_left(&l, &limit, &left);
	is_int(left.jobs, 0, "nothing is left");
	ok(ledger_write(&l, dir, NULL) == 0, "written");
	reopen(&l, now);
	is_int(l.refused, 1, "what was refused is known");
	limit = (struct policy_day){ UINT32_MAX, 7, UINT64_MAX, INT64_MAX };
	ok(!allows(&l, &limit, "e.1", now), "too many cores");
	limit = (struct policy_day){ UINT32_MAX, UINT32_MAX, 399, INT64_MAX };
	ok(!allows(&l, &limit, "f.1", now), "too much memory");
	limit = (struct policy_day){ UINT32_MAX, UINT32_MAX, UINT64_MAX, 4 * HOUR_US - 1 };
	ok(!allows(&l, &limit, "g.1", now), "too long");
	ok(allows(&l, &limit, "h.1", tomorrow), "the next day all begins anew");
	is_int(l.taken.jobs, 1, "with one");
	reopen(&l, tomorrow);
	is_int(l.taken.jobs, 1, "also after a restart");
	ok(io_read(dir, "ledger", 10000, &text, NULL) == 0 &&
	   strstr(text.s, "past 2026-11-22 3 6 300 10800000000 4"), "and the day before is kept");
	reopen(&l, tomorrow + DAY_US);
	is_int(l.taken.jobs, 0, "a day begins also between two processes");
	ledger_close(&l);
	buf_free(&text);
}

int main(void)
{
	char path[] = "/tmp/spool-unit.XXXXXX";

	setenv("TZ", "UTC", 1);
	tzset();
	loads();
	calendars();
	if (!mkdtemp(path))
		bail("no directory");
	dir = open(path, O_RDONLY | O_DIRECTORY);
	ledgers();
	(void)!io_remove_tree(AT_FDCWD, path, NULL);
	close(dir);
	tree_free(&tree);
	return done();
}
