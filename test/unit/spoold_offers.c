/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of open offers against a plain list of the same: made, withdrawn,
 * closed and expired at random, with lifetimes that are not all the same.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub.h"
#include "io.h"
#include "offers.h"
#include "plan_shrink.h"
#include "site_table.h"

enum { JOBS = 40, OFFERS = 5, STEPS = 200 };

static struct hub h;
static struct diag d;

/* What has to be open. */
struct open { bool offered; int64_t expires; bool number[OFFERS + 1]; };
static struct open known[JOBS];
static uint32_t job[JOBS];

static char why[200];
#define FAIL(...) (snprintf(why, sizeof why, __VA_ARGS__), false)

static void phase(unsigned i, enum phase p)
{
	jobs_set_phase(&h.jobs, job[i], p);
	known[i].offered = p == PHASE_OFFERED;
}

static bool make(struct chance *c, unsigned i)
{
	unsigned n = 1 + (unsigned)chance_below(c, OFFERS);

	known[i].expires = h.now + chance_from(c, 1, 50);
	for (unsigned k = 1; k <= n; k++) {
		struct offer o = { .job = job[i], .number = (uint8_t)k, .expires = known[i].expires };

		if (!offers_add(&h, &o))
			return FAIL("it cannot be added");
		known[i].number[k] = true;
	}
	phase(i, PHASE_OFFERED);
	return true;
}

static void drop_all(unsigned i)
{
	struct offer *o;

	while ((o = offers_first(&h, job[i])))
		offers_drop(&h, o);
	memset(known[i].number, 0, sizeof known[i].number);
	phase(i, PHASE_PENDING);
}

static bool expire(void)
{
	int64_t next, soonest = INT64_MAX;
	uint32_t j;

	while ((j = offers_due(&h, &next)) != NO_JOB) {
		unsigned i = 0;

		while (i < JOBS && job[i] != j)
			i++;
		if (i == JOBS || !known[i].offered || known[i].expires > h.now)
			return FAIL("job %u expires, but should not", i);
		drop_all(i);
	}
	for (unsigned i = 0; i < JOBS; i++)
		if (known[i].offered && known[i].expires < soonest)
			soonest = known[i].expires;
	return next == soonest || FAIL("the next is said to be due at %d, expected %d", (int)next, (int)soonest);
}

static bool same(void)
{
	for (unsigned i = 0; i < JOBS; i++) {
		const struct offer *o = offers_first(&h, job[i]);

		for (unsigned k = 1; k <= OFFERS; k++) {
			if (!!offers_numbered(&h, job[i], k) != known[i].number[k])
				return FAIL("offer %u of job %u is%s open", k, i, known[i].number[k] ? " not" : "");
			if (!known[i].number[k])
				continue;
			if (!o || o->number != k || o->job != job[i])
				return FAIL("offer %u of job %u is not in its place", k, i);
			o = offers_next(&h, o);
		}
		if (o)
			return FAIL("job %u has one offer too many", i);
	}
	return true;
}

static bool one_thing(struct chance *c)
{
	unsigned i = (unsigned)chance_below(c, JOBS), k = 1 + (unsigned)chance_below(c, OFFERS);
	struct offer *o;

	switch (chance_below(c, 5)) {
	case 0:
		h.now += chance_from(c, 0, 20);
		return expire();
	case 1:
		drop_all(i);
		return true;
	case 2:		/* one of several; with the last one the job is not offered any more */
		o = offers_numbered(&h, job[i], k);
		if (o)
			offers_drop(&h, o);
		known[i].number[k] = false;
		if (o && !offers_first(&h, job[i]))
			phase(i, PHASE_PENDING);
		return true;
	default:
		return known[i].offered || make(c, i);
	}
}

static bool passes(struct chance *c)
{
	bool good = true;

	h.now = 0;
	for (unsigned i = 0; i < JOBS; i++)
		drop_all(i);
	for (unsigned i = 0; good && i < STEPS; i++)
		good = one_thing(c) && expire() && same();
	return good;
}

static bool set_up(const char *spool)
{
	static const char text[] = "task: {type: process}\naccept: ask\n";
	struct tree t = TREE_INIT;
	struct request r;

	if (spool_init(spool, &d) < 0 || hub_open(&h, spool, SPOOL_LOCK, &d) < 0 ||
	    spool_site_make(&h.spool, "north", &d) < 0 || site_table_scan(&h, &d) < 0 ||
	    tree_parse(&t, text, strlen(text), NULL, &d) < 0 || request_read(&t, t.root, &r, &d) < 0 ||
	    shapes_intern(&h, &r, &d) != 0)
		return false;
	tree_free(&t);
	for (unsigned i = 0; i < JOBS; i++) {
		struct uuid id = { { (uint8_t)i } };

		job[i] = jobs_add(&h.jobs, &id);
	}
	return true;
}

int main(void)
{
	static const unsigned steps = STEPS;
	char dir[] = "/tmp/spool-test.XXXXXX";
	const char *spool = mkdtemp(dir);

	ok(spool && set_up(spool), "a spool with jobs");
	if (d.text[0])
		note("%s", d.text);
	ok_cases(passes, 100000, &steps, why, "random things done with open offers");
	hub_close(&h);
	io_remove_tree(AT_FDCWD, dir, NULL);
	return done();
}
