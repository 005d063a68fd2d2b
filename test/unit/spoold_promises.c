/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that makes and breaks promises, at random, in a real spool: jobs for now
 * and for later, offers (accepted, rejected, expired), reservations (taken, used,
 * renewed, released), transactions, runs, cancellations, sites that announce to
 * be down or have less.  At any time a fresh hub that reads the files has the
 * same timelines: what runs, what was agreed, what is offered, at each site and
 * in each reservation.  When all is cancelled, released and over, there is
 * nothing on them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "command.h"
#include "gang.h"
#include "hub.h"
#include "inbox.h"
#include "instant.h"
#include "io.h"
#include "offers.h"
#include "seed.h"
#include "plan_shrink.h"
#include "recover.h"
#include "report.h"
#include "reserved.h"
#include "round.h"
#include "site_table.h"
#include "site_time.h"

enum { SITES = 2, STEPS = 24 };

static const char *const site_name[SITES] = { "north", "south" };
static const unsigned site_cores[SITES] = { 8, 5 };

static struct hub h;
static struct diag d;
static int64_t present;
static char spool[32];
static unsigned drops;

/* --- the hub ----------------------------------------------------------------------- */

static void learn(unsigned i, unsigned cores, int64_t down)
{
	struct buf doc = BUF_INIT;
	uint16_t site = site_table_add(&h, site_name[i], &d);

	buf_addf(&doc, "site: %s\ntime: ", site_name[i]);
	instant_format(h.now, &doc);
	buf_addf(&doc, "\ncapacity: {cores: %u, memory: 16GiB, disk: 100GB}\ntypes: [process]\n"
		 "groups: [eu]\npull: {jobs: 1000}\n", cores);
	if (down) {
		buf_adds(&doc, "down: [{from: ");
		instant_format(down, &doc);
		buf_adds(&doc, ", to: ");
		instant_format(down + 2 * HOUR_US, &doc);
		buf_adds(&doc, "}]\n");
	}
	if (site_table_learn(&h, site, doc.s, doc.len, true, &d) < 0)
		bail(d.text);
	h.sites.site[site]->heard = h.ticks;
	buf_free(&doc);
}

static bool start(void)
{
	d = (struct diag)DIAG_INIT;
	if (hub_open(&h, spool, SPOOL_LOCK, &d) < 0)
		return false;
	h.now = present;
	return recover(&h, &d) == 0;
}

/* As turn_run(), by our clock. */
static void turn(void)
{
	struct inbox_result res;
	bool more;
	int64_t wake;

	h.now = present;
	for (uint32_t i = 0; i < h.sites.count; i++)
		h.sites.site[i]->heard = h.ticks;
	accounts_turn(&h);
	offers_expire(&h);
	reserved_tick(&h);
	if (inbox_take(&h, &res, &d) < 0)
		bail(d.text);
	for (int i = 0; i < 3; i++) {
		site_time_settle(&h);
		reserved_seek(&h);
		site_time_settle(&h);
		gang_run(&h, true);
		round_run(&h, ROUND_ALL, &more, &wake);
	}
	if (hub_commit(&h) < 0)
		bail("no commit");
}

/* --- what is on the timelines ------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is queued or planned is made anew by each round. */
static bool counts(const struct timeline_entry *e)
{
	return e->to > present && e->standing <= PLACE_OFFERED;
}

static void add_place(struct buf *out, const char *name, const struct place *p)
{
	struct timeline_entry e;
	char *line[1000] = { NULL };
	uint32_t at = 0, n = 0;

	while (n < 1000 && timeline_next(&p->line, &at, &e)) {
		struct place_holder who = place_holder(&e);
		struct buf b = BUF_INIT;

		if (!counts(&e))
			continue;
		buf_addf(&b, "%s %d %d.%d %016" PRIx64 " %" PRIi64 " %" PRIi64, name, e.standing, who.what,
			 who.number, e.owner, e.from > present ? e.from : present, e.to);
		for (unsigned k = 0; k < p->line.kinds; k++)
			buf_addf(&b, " %" PRIu64, e.amount[k]);
		line[n++] = buf_detach(&b);
	}
	qsort(line, n, sizeof *line, by_text);
	for (uint32_t i = 0; i < n; i++) {
		buf_addf(out, "%s\n", line[i]);
		free(line[i]);
	}
}

static int by_id(const void *a, const void *b)
{
	return uuid_cmp(&(*(struct reserved *const *)a)->id, &(*(struct reserved *const *)b)->id);
}

static void dump(struct buf *out)
{
	const struct reserved *r[100] = { NULL };
	uint32_t n = 0;

	for (uint32_t i = 0; i < h.sites.count; i++)
		add_place(out, h.sites.site[i]->name, &h.sites.site[i]->time);
	for (uint32_t i = 0; i < h.reservations.count && n < 100; i++)
		if (h.reservations.item[i].live)
			r[n++] = &h.reservations.item[i];
	qsort(r, n, sizeof *r, by_id);
	for (uint32_t i = 0; i < n; i++) {
		char id[UUID_TEXT];

		uuid_format(&r[i]->id, id);
		add_place(out, id, &r[i]->place);
	}
}

/* What stands in one and not in the other. */
static void tell_lines(const char *what, const char *in, const char *not_in)
{
	while (*in) {
		size_t n = strcspn(in, "\n") + 1;
		char *line = strndup(in, n);

		if (line && !strstr(not_in, line))
			note("%s: %s", what, line);
		free(line);
		in += n;
	}
}

static bool same_after_start(void)
{
	struct buf before = BUF_INIT, after = BUF_INIT;
	bool same;

	dump(&before);
	hub_close(&h);
	if (!start())
		bail(d.text);
	for (unsigned i = 0; i < SITES; i++)
		h.sites.site[i]->heard = h.ticks;
	site_time_settle(&h);
	dump(&after);
	same = before.len == after.len && (!before.len || !memcmp(before.s, after.s, before.len));
	if (!same && shrink_telling) {
		tell_lines("only before the start", before.len ? before.s : "", after.len ? after.s : "");
		tell_lines("only after it", after.len ? after.s : "", before.len ? before.s : "");
	}
	buf_free(&before);
	buf_free(&after);
	return same;
}

/* --- steps ----------------------------------------------------------------------------- */

static void say(const char *what, const char *text)
{
	if (shrink_telling)
		note("%s%s%s", what, *text ? ": " : "", text);
}

static void put(const char *what, struct buf *text)
{
	char name[32], hidden[32];
	int dir = h.spool.inbox;

	snprintf(name, sizeof name, "d%u.yaml", ++drops);
	snprintf(hidden, sizeof hidden, ".d%u", drops);
	if (io_create(dir, hidden, 0600, text->s, text->len, &d) < 0 || renameat(dir, hidden, dir, name) < 0)
		bail("cannot drop");
	say(what, text->s);
	buf_free(text);
}

static void add_compute(struct chance *c, struct buf *b)
{
	buf_addf(b, "resources: {compute: {min-cores: %u}}", 1 + (unsigned)chance_below(c, 5));
}

static int64_t hours(struct chance *c, unsigned most)
{
	return present + (1 + (int64_t)chance_below(c, most)) * HOUR_US;
}

static void add_time(struct chance *c, struct buf *b, bool later)
{
	buf_adds(b, "time: [{");
	if (later) {
		buf_adds(b, "start: ");
		instant_format(hours(c, 12), b);
		buf_addf(b, "/PT%uH, ", 1 + (unsigned)chance_below(c, 6));
	}
	buf_addf(b, "minduration: PT%uH", 1 + (unsigned)chance_below(c, 3));
	buf_adds(b, "}]");
}

static void drop_job(struct chance *c)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "task: {type: process, spec: {command: [\"true\"]}}\n");
	add_compute(c, &b);
	buf_addc(&b, '\n');
	add_time(c, &b, chance_below(c, 2));
	if (chance_below(c, 2))
		buf_adds(&b, "\naccept: ask");
	put("a job", &b);
}

static void drop_reservation(struct chance *c)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "reservation:\n  resources: {compute: {min-cores: %u}}\n  time: {start: ",
		 1 + (unsigned)chance_below(c, 6));
	instant_format(hours(c, 8) - HOUR_US, &b);
	buf_addf(&b, "/PT%uH, duration: PT%uH}\n", 1 + (unsigned)chance_below(c, 8),
		 1 + (unsigned)chance_below(c, 4));
	if (chance_below(c, 2))
		buf_addf(&b, "  repeat: {every: PT%uH, times: %u}\n", 4 + (unsigned)chance_below(c, 4),
			 1 + (unsigned)chance_below(c, 3));
	put("a reservation", &b);
}

static const struct reserved *some_reserved(struct chance *c)
{
	uint32_t n = h.reservations.count, at = n ? (uint32_t)chance_below(c, n) : 0;

	return n && h.reservations.item[at].live ? &h.reservations.item[at] : NULL;
}

static void drop_inside(struct chance *c)
{
	const struct reserved *r = some_reserved(c);
	struct buf b = BUF_INIT;
	char id[UUID_TEXT];

	if (!r)
		return;
	uuid_format(&r->id, id);
	buf_addf(&b, "task: {type: process, spec: {command: [\"true\"]}}\nplacement: {reservation: %s}\n", id);
	add_compute(c, &b);
	buf_addc(&b, '\n');
	if (chance_below(c, 3))
		add_time(c, &b, false);
	put("a job in a reservation", &b);
}

static void drop_transaction(struct chance *c)
{
	unsigned n = 1 + (unsigned)chance_below(c, 3);
	struct buf b = BUF_INIT;

	buf_addf(&b, "transaction:\n  same: %s\n  jobs:\n", chance_below(c, 2) ? "site" : "any");
	for (unsigned i = 0; i < n; i++) {
		buf_adds(&b, "  - {task: {type: process, spec: {command: [\"true\"]}}, ");
		add_compute(c, &b);
		buf_adds(&b, ", ");
		add_time(c, &b, false);
		buf_adds(&b, "}\n");
	}
	put("a transaction", &b);
}

static void command(enum command_about about, const struct uuid *id, int verb, int64_t expires, const char *offer)
{
	struct command cmd = { .about = about, .id = *id, .verb = verb, .expires = expires, .offer = offer };
	struct diag why = DIAG_INIT;
	char text[UUID_TEXT];

	uuid_format(id, text);
	say(verb == COMMAND_ACCEPT ? "accept" : verb == COMMAND_REJECT ? "reject" : verb == COMMAND_CANCEL ? "cancel"
	    : verb == COMMAND_RENEW ? "renew" : "release", text);
	if (command_run(&h, &cmd, geteuid(), &why) < 0)
		say("refused", why.text);
}

static uint32_t some_job(struct chance *c)
{
	uint32_t n = h.jobs.used, j = n ? (uint32_t)chance_below(c, n) : 0;

	return n && jobs_find(&h.jobs, &h.jobs.job[j].id) == j ? j : NO_JOB;
}

static void answer_offer(struct chance *c)
{
	uint32_t n = h.offers.used;
	const struct offer *o = n ? &h.offers.offer[chance_below(c, n)] : NULL;
	bool accept = chance_below(c, 3);
	char number[8];

	if (!o || o->job == NO_JOB)
		return;
	snprintf(number, sizeof number, "%u", o->number);
	command(ABOUT_JOB, &h.jobs.job[o->job].id, accept ? COMMAND_ACCEPT : COMMAND_REJECT, 0, number);
}

static void cancel(struct chance *c)
{
	uint32_t j = some_job(c);

	if (j != NO_JOB)
		command(ABOUT_JOB, &h.jobs.job[j].id, COMMAND_CANCEL, 0, NULL);
}

static void end_reservation(struct chance *c)
{
	const struct reserved *r = some_reserved(c);

	if (r && chance_below(c, 2))
		command(ABOUT_RESERVATION, &r->id, COMMAND_RELEASE, 0, NULL);
	else if (r)
		command(ABOUT_RESERVATION, &r->id, COMMAND_RENEW,
			r->slots.expires + chance_from(c, -3, 3) * HOUR_US, NULL);
}

static void report(uint32_t j, int phase)
{
	const struct job *job = &h.jobs.job[j];
	struct message_report r = { .job = job->id, .attempt = job->attempt, .phase = phase, .time = present,
				    .exit = -1, .signal = -1, .start = present };
	char id[UUID_TEXT];

	uuid_format(&job->id, id);
	say(phase_name((enum phase)phase), id);
	if (report_act(&h, job->site, &r, &d) < 0)
		bail(d.text);
}

/* It runs, when it may; or what runs ends. */
static void site_speaks(struct chance *c)
{
	uint32_t j = some_job(c);
	const struct job *job = j == NO_JOB ? NULL : &h.jobs.job[j];

	if (!job || job->site == NO_SITE)
		return;
	if (job->phase == PHASE_RUNNING)
		report(j, job->cancelling ? PHASE_CANCELLED : chance_below(c, 3) ? PHASE_COMPLETED : PHASE_FAILED);
	else if (job->cancelling)
		report(j, PHASE_CANCELLED);
	else if (job->start <= present)
		report(j, PHASE_RUNNING);
}

static void site_changes(struct chance *c)
{
	unsigned i = (unsigned)chance_below(c, SITES);
	unsigned cores = chance_below(c, 3) ? site_cores[i] : 1 + (unsigned)chance_below(c, site_cores[i]);
	int64_t down = chance_below(c, 2) ? hours(c, 8) : 0;
	char text[80];

	snprintf(text, sizeof text, "%s: %u cores%s", site_name[i], cores, down ? ", will be down" : "");
	say("a site", text);
	learn(i, cores, down);
}

static void time_passes(struct chance *c)
{
	present += (int64_t)(1 + chance_below(c, 12)) * 10 * MINUTE_US;
	say("time passes", "");
	turn();
}

static void step(struct chance *c)
{
	static void (*const what[])(struct chance *) = {
		drop_job, drop_job, drop_reservation, drop_inside, drop_inside, drop_transaction, answer_offer,
		answer_offer, cancel, end_reservation, site_speaks, site_speaks, site_changes, time_passes,
	};

	what[chance_below(c, sizeof what / sizeof *what)](c);
}

/* --- a case ---------------------------------------------------------------------------------- */

static unsigned long restarts, entries;

static bool all_over(void)
{
	struct buf left = BUF_INIT;
	bool none;

	say("all is cancelled, released, and over", "");
	for (uint32_t i = 0; i < h.reservations.count; i++)
		if (h.reservations.item[i].live)
			command(ABOUT_RESERVATION, &h.reservations.item[i].id, COMMAND_RELEASE, 0, NULL);
	for (int round = 0; round < 2; round++) {
		for (uint32_t j = 0; j < h.jobs.used; j++)
			if (jobs_find(&h.jobs, &h.jobs.job[j].id) == j && !h.jobs.job[j].cancelling)
				command(ABOUT_JOB, &h.jobs.job[j].id, COMMAND_CANCEL, 0, NULL);
		turn();
		for (uint32_t j = 0; j < h.jobs.used; j++)
			if (jobs_find(&h.jobs, &h.jobs.job[j].id) == j && h.jobs.job[j].site != NO_SITE)
				report(j, PHASE_CANCELLED);
		turn();
	}
	for (unsigned i = 0; i < SITES; i++)
		learn(i, site_cores[i], 0);
	for (uint32_t i = 0; i < SITES; i++)
		none = !h.sites.site[i]->time.line.entries;
	dump(&left);
	none &= !left.len && !h.jobs.count;
	if (!none && shrink_telling)
		note("left: %u jobs; %s", h.jobs.count, left.len ? left.s : "");
	buf_free(&left);
	return none;
}

static void begin(void)
{
	snprintf(spool, sizeof spool, "%s/spool-test.XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	d = (struct diag)DIAG_INIT;
	present = (instant_now() / HOUR_US + 1) * HOUR_US;
	drops = 0;
	if (!mkdtemp(spool) || spool_init(spool, &d) < 0 || !start())
		bail("no spool");
	for (unsigned i = 0; i < SITES; i++)
		if (spool_site_make(&h.spool, site_name[i], &d) < 0)
			bail(d.text);
	hub_close(&h);
	if (!start())
		bail(d.text);
	for (unsigned i = 0; i < SITES; i++)
		learn(i, site_cores[i], 0);
}

static bool passes(struct chance *c)
{
	unsigned steps = (unsigned)chance_below(c, STEPS + 1);
	bool good = true;

	begin();
	for (unsigned i = 0; good && i < steps; i++) {
		step(c);
		turn();
		if (chance_below(c, 3))
			continue;
		good = same_after_start();
		restarts++;
		for (uint32_t k = 0; k < h.sites.count; k++)
			entries += h.sites.site[k]->time.line.entries;
		turn();
	}
	if (good)
		good = all_over();
	hub_close(&h);
	io_remove_tree(AT_FDCWD, spool, NULL);
	return good;
}

int main(void)
{
	struct chance c = { .state = chance_seed() };
	unsigned long cases = chance_env("CASES", 60), done_cases = 0;
	int log = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
	bool good = true;

	/* What the hub logs of all that is no news here. */
	if (!getenv("LOG") && null >= 0)
		dup2(null, STDERR_FILENO);
	while (good && done_cases < cases) {
		struct chance before = c;

		good = passes(&c);
		done_cases++;
		if (!good)
			shrink(before, passes);
	}
	dup2(log, STDERR_FILENO);
	note("%lu cases, %lu starts that found %lu entries", done_cases, restarts, entries);
	ok(good, "a fresh hub has the same timelines, and what is gone has never been");
	ok(restarts >= cases && entries > restarts, "there was something to find");
	return done();
}
