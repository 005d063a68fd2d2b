/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reservations at random, in a real spool: taken, renewed, released.  After
 * each step no hour of the site is over-committed, what its timeline has free
 * is what the reservations leave of it, and a start finds the same.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drop.h"
#include "instant.h"
#include "io.h"
#include "seed.h"
#include "recover.h"
#include "reserved.h"
#include "site_table.h"

enum { CORES = 8, HOURS = 240 };

static struct hub h;
static struct diag d;
static int64_t base;		/* a full hour */
static const char *spool;

/* What lives by our own account. */
struct slot { struct uuid id; uint32_t cores; struct slots slots; bool live; };
static struct slot known[4096];
static unsigned knowns;

static void learn_site(void)
{
	struct buf doc = BUF_INIT;
	uint16_t site = site_table_add(&h, "north", &d);

	buf_adds(&doc, "site: north\ntime: ");
	instant_format(h.now, &doc);
	buf_addf(&doc, "\ncapacity: {cores: %d, memory: 16GiB, disk: 100GB}\ntypes: [process]\n", CORES);
	if (site_table_learn(&h, site, doc.s, doc.len, true, &d) < 0)
		note("%s", d.text);
	buf_free(&doc);
}

static bool start(void)
{
	d = (struct diag)DIAG_INIT;
	if (hub_open(&h, spool, SPOOL_LOCK, &d) < 0)
		return false;
	h.now = base;
	return recover(&h, &d) == 0;
}

/* --- what we think is free ------------------------------------------------------------ */

static int taken_at(int64_t t)
{
	int cores = 0;

	for (unsigned i = 0; i < knowns; i++) {
		int64_t from, to, n = known[i].live ? slots_after(&known[i].slots, t) : 0;

		if (!known[i].live || n >= slots_count(&known[i].slots))
			continue;
		slots_nth(&known[i].slots, n, &from, &to);
		cores += from <= t ? (int)known[i].cores : 0;
	}
	return cores;
}

/* The first hour that is wrong, or -1. */
static int check_hours(bool *over)
{
	const struct place *p = &h.sites.site[0]->time;

	*over = false;
	for (int i = 0; i < HOURS; i++) {
		int64_t t = base + i * HOUR_US + HOUR_US / 2, until;
		uint64_t vacant[TIMELINE_KINDS];
		int taken = taken_at(t);

		timeline_free_at(&p->line, t, vacant, &until);
		*over |= taken > CORES;
		if (*over || (int)vacant[PLACE_CORES] != CORES - taken)
			return i;
	}
	return -1;
}

/* --- steps --------------------------------------------------------------------------------- */

static void ask(struct chance *c, unsigned number)
{
	struct drop p = { .text = BUF_INIT };
	struct tree t = TREE_INIT;
	int64_t begin = base + (int64_t)chance_below(c, HOURS / 2) * HOUR_US;
	uint32_t cores = 1 + (uint32_t)chance_below(c, CORES);

	snprintf(p.name, sizeof p.name, "r%u.yaml", number);
	p.st.st_uid = geteuid();
	buf_addf(&p.text, "reservation:\n  resources: {compute: {min-cores: %u}}\n  time: {start: ", cores);
	instant_format(begin, &p.text);
	buf_addf(&p.text, "/PT%uH, duration: PT%uH}\n", 1 + (unsigned)chance_below(c, 20),
		 1 + (unsigned)chance_below(c, 10));
	if (chance_below(c, 3) == 0)
		buf_addf(&p.text, "  repeat: {every: PT%uH, times: %u}\n", 10 + (unsigned)chance_below(c, 20),
			 1 + (unsigned)chance_below(c, 6));
	d = (struct diag)DIAG_INIT;
	if (tree_parse(&t, p.text.s, p.text.len, NULL, &d) == 0 && reserved_take(&h, &p, &t, &d) == 0)
		for (uint32_t i = 0; i < h.reservations.count; i++) {
			const struct reserved *r = &h.reservations.item[i];
			bool mine = r->live;

			for (unsigned k = 0; mine && k < knowns; k++)
				mine = uuid_cmp(&known[k].id, &r->id) != 0;
			if (mine)
				known[knowns++] = (struct slot){ r->id, cores, r->slots, true };
		}
	h.leavings = 0;		/* there is no such drop */
	tree_free(&t);
	buf_free(&p.text);
}

static void tell(struct chance *c)
{
	struct slot *s = &known[chance_below(c, knowns)];
	struct command cmd = { .about = ABOUT_RESERVATION, .id = s->id, .verb = COMMAND_RENEW };

	d = (struct diag)DIAG_INIT;
	cmd.expires = s->slots.expires + chance_from(c, -12, 12) * HOUR_US;
	if (chance_below(c, 4) == 0)
		cmd.verb = COMMAND_RELEASE;
	if (reserved_command(&h, &cmd, geteuid(), &d) < 0)
		return;
	if (cmd.verb == COMMAND_RELEASE || cmd.expires <= s->slots.start || cmd.expires <= h.now)
		s->live = false;
	s->slots.expires = cmd.expires;
}

int main(void)
{
	struct chance c = { .state = chance_seed() };
	unsigned long cases = chance_env("CASES", 400), taken = 0, restarts = 0;
	char dir[] = "/tmp/spool-test.XXXXXX";
	bool over = false, good = true;
	int wrong = -1;

	spool = mkdtemp(dir);
	base = (instant_now() / HOUR_US + 1) * HOUR_US;
	ok(spool && spool_init(spool, &d) == 0 && start(), "a spool");
	ok(spool_site_make(&h.spool, "north", &d) == 0, "a site");
	hub_close(&h);
	ok(start(), "served");
	learn_site();
	for (unsigned long i = 0; i < cases && good && wrong < 0 && knowns < 4000; i++) {
		unsigned before = knowns;

		if (!knowns || chance_below(&c, 2))
			ask(&c, (unsigned)i);
		else
			tell(&c);
		taken += knowns - before;
		wrong = check_hours(&over);
		if (wrong >= 0 || i % 40)
			continue;
		hub_close(&h);
		good = start();
		wrong = good ? check_hours(&over) : -1;
		restarts++;
	}
	note("%lu steps, %lu taken, %lu starts", cases, taken, restarts);
	ok(good, "each start goes well");
	ok(!over, "no hour is over-committed");
	is_int(wrong, -1, "what is free is what they leave");
	ok(taken > 10, "there were some");
	note("%s", d.text);
	hub_close(&h);
	io_remove_tree(AT_FDCWD, dir, NULL);
	return done();
}
