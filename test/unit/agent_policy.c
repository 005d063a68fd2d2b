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

#include "chance.h"
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

/* --- any limits, any batches ------------------------------------------------------------ */

static bool within(const struct policy_day *limit, const struct policy_day *taken)
{
	return taken->jobs <= limit->jobs && taken->cores <= limit->cores &&
	       taken->memory <= limit->memory && taken->walltime <= limit->walltime;
}

static struct policy_day any_limit(void)
{
	return (struct policy_day){
		chance(2) ? UINT32_MAX : (uint32_t)chance(30), chance(2) ? UINT32_MAX : (uint32_t)chance(60),
		chance(2) ? UINT64_MAX : chance(3000), chance(2) ? INT64_MAX : (int64_t)chance(60) * HOUR_US,
	};
}

/* What was really taken on the day, counted beside the ledger. */
struct beside { struct policy_day taken; char key[64][16]; uint32_t keys; };

static bool is_new(struct beside *b, const char *key)
{
	for (uint32_t i = 0; i < b->keys; i++)
		if (!strcmp(b->key[i], key))
			return false;
	snprintf(b->key[b->keys++ % 64], sizeof b->key[0], "%s", key);
	return true;
}

/* A batch: one message's worth, with lines that were seen before; perhaps we are killed
 * before what was written down is all of it, and begin again with the same message. */
static bool batch(struct ledger *l, const struct policy_day *limit, struct beside *b, int64_t now,
		  uint32_t *number)
{
	uint32_t first = *number, n = 1 + (uint32_t)chance(12);

	for (int again = 0; again < 1 + (int)chance(2); again++) {
		for (uint32_t i = 0; i < n; i++) {
			char key[16], why[100];
			struct ledger_entry e = { key, 1 + (first + i) % 4, (first + i) % 7 * 100,
						  (int64_t)((first + i) % 5) * HOUR_US };

			snprintf(key, sizeof key, "j%u.1", first + i);
			if (!ledger_allows(l, limit, &e, now, why, sizeof why)) {
				ledger_refuse(l, key, why, now);
				continue;
			}
			ledger_take(l, &e, now);
			if (is_new(b, key)) {
				b->taken.jobs++;
				b->taken.cores += e.cores;
				b->taken.memory += e.memory;
				b->taken.walltime += e.walltime;
			}
		}
		if (ledger_write(l, dir, NULL) < 0)
			return false;
		if (chance(2))
			reopen(l, now);
	}
	*number += n;
	return within(limit, &b->taken) && b->taken.jobs == l->taken.jobs &&
	       b->taken.cores == l->taken.cores && b->taken.memory == l->taken.memory &&
	       b->taken.walltime == l->taken.walltime;
}

static void never_beyond(void)
{
	int good = 0, days = 400, asked = 0;
	struct ledger l = { 0 };
	uint32_t number = 0;

	(void)!io_remove_tree(dir, "ledger", NULL);
	for (int day = 0; day < days; day++) {
		struct policy_day limit = any_limit(), left;
		struct beside b = { .keys = 0 };
		int64_t now = at("2027-01-01T00:00Z") + day * DAY_US;
		bool right = true;

		if (!day)
			reopen(&l, now);
		for (int i = 0; i < 5 && right; i++) {
			now += (int64_t)chance(4) * HOUR_US;
			right = batch(&l, &limit, &b, now, &number);
			ledger_left(&l, &limit, &left);
			asked += left.jobs == UINT32_MAX || left.jobs + b.taken.jobs == limit.jobs;
		}
		good += right;
	}
	is_int(good, days, "no batch, and no restart, ever goes beyond a limit");
	is_int(asked, days * 5, "and what is left is what was not taken");
	ledger_close(&l);
}

/* Every minute of a week is either open or shut, as the entries say one by one, and the
 * next change is where it changes. */
static void any_calendar(void)
{
	static const char *const names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
	int wrong = 0;
	struct diag d;
	struct policy p;

	for (int i = 0; i < 15; i++) {
		int64_t from = at("2026-11-22T00:00Z");
		char text[600];
		size_t n = (size_t)snprintf(text, sizeof text, "{load: %d%%, calendar: [", (int)chance(300) - 100 < 0
					    ? -(int)chance(100) : (int)chance(300));

		for (int k = 1 + (int)chance(3); k > 0; k--)
			n += (size_t)snprintf(text + n, sizeof text - n, "{days: [%s, %s], from: \"%02d:%02d\", "
					      "to: \"%02d:%02d\"}%s", names[chance(7)], names[chance(7)],
					      (int)chance(24), (int)chance(60), (int)chance(24), (int)chance(60),
					      k > 1 ? ", " : "]}");
		if (read_pull(text, &p, &d) < 0)
			bail("%s: %s", text, d.text);
		for (int64_t t = from; t < from + 7 * DAY_US; t += 7 * MINUTE_US) {
			struct policy_now now, before, after;

			policy_at(&p, t, &now);
			if (!now.change)
				continue;
			policy_at(&p, now.change - MINUTE_US, &before);
			policy_at(&p, now.change, &after);
			wrong += before.open != now.open || after.open == now.open || now.change <= t ||
				 now.load != p.load;
		}
	}
	is_int(wrong, 0, "calendars of any kind change when they say");
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
	never_beyond();
	any_calendar();
	(void)!io_remove_tree(AT_FDCWD, path, NULL);
	close(dir);
	tree_free(&tree);
	return done();
}
