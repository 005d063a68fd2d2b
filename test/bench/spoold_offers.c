/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spoold_offers - how long an answer with offers takes, and planning anew.
 *
 *	spoold_offers DIR [SITES [ENTRIES]]
 *
 * DIR is made, a spool.  Each of 1,000 sites has 64 cores and 1,000 entries on
 * its timeline within 30 days; every request is of a shape never seen before:
 * some cores and some memory for some hours, within one of two windows.
 *
 *	choose		the planner: match the shape with every site, choose four slots
 *	answer		a drop in inbox/ to four offers on disk (two flushes)
 *	replan		10,000 sessions on 100 sites, one of which is lost: each of its
 *			sessions gets the soonest slot at another
 *	open		to find and close the four offers of one job, with 1,000 and with
 *			100,000 offers open
 *
 * Prints the medians of the first two, with their 99th percentiles, in
 * microseconds, the time of the third, and how many sessions it moved, and the
 * means of the fourth; the second by the clock, the others in processor time.
 */
#include <fcntl.h>

#include "bench.h"
#include "catalogue.h"
#include "chance.h"
#include "hub.h"
#include "instant.h"
#include "mailbox.h"
#include "offers.h"
#include "plan/offer.h"
#include "recover.h"
#include "site_table.h"
#include "site_time.h"
#include "turn.h"

enum { ROUNDS = 200, CORES = 64, SESSIONS = 10000, HOMES = 100, FEW = 1000, MANY = 100000, SOME = 20000 };

/* Processor time: what others do meanwhile does not count. */
static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print(double *us, int n)
{
	qsort(us, (size_t)n, sizeof *us, by_value);
	printf("%.1f %.1f ", us[n / 2], us[n * 99 / 100]);
}

/* --- the sites ------------------------------------------------------------------------- */

static void add_site(struct hub *h, unsigned i, struct diag *d)
{
	struct buf doc = BUF_INIT;
	char name[16];
	uint16_t site;

	snprintf(name, sizeof name, "s%04u", i);
	if (spool_site_make(&h->spool, name, d) < 0 || (site = site_table_add(h, name, d)) == NO_SITE)
		bench_die(d->text);
	buf_addf(&doc, "site: %s\ntime: 2026-11-22\ncapacity: {cores: %d, memory: 256GiB, disk: 1TB}\n"
		 "types: [process]\nprices: {core-hour: 0.0%u}\n", name, CORES, 1 + i % 9);
	if (site_table_learn(h, site, doc.s, doc.len, false, d) < 0)
		bench_die(d->text);
	buf_free(&doc);
}

static void fill(struct hub *h, struct place *p, unsigned entries)
{
	for (unsigned n = 0; n < entries;) {
		struct place_take k = { .standing = PLACE_AGREED, .holder = { .what = HOLD_DOWN } };
		timeline_handle handle;

		k.from = h->now + (int64_t)chance(30 * 24 * 60) * MINUTE_US;
		k.to = k.from + (int64_t)(30 + chance(12 * 60)) * MINUTE_US;
		k.amount[PLACE_CORES] = 1 + chance(6);
		k.amount[PLACE_MEMORY] = chance(24) << 30;
		n += place_take(p, &k, &handle, NULL) == 0;
	}
}

static void make_request(const struct hub *h, struct buf *b, unsigned i)
{
	buf_reset(b);
	buf_addf(b, "name: j%u\ntask: {type: process, spec: {command: \"true\"}}\naccept: ask\nresources: "
		 "{compute: [{min-cores: %u, max-cores: 48, min-memory: %uMiB, max-memory: 128GiB}]}\n"
		 "time: [{minduration: PT%uM, start: ", i, 8 + (unsigned)chance(24),
		 1024 + (unsigned)chance(30000), 30 + (unsigned)chance(300));
	instant_format(h->now, b);
	buf_addf(b, "/P2D}, {minduration: PT%uM, start: ", 30 + (unsigned)chance(300));
	instant_format(h->now + 9 * DAY_US, b);
	buf_adds(b, "/P1D}]\n");
}

/* --- the planner ---------------------------------------------------------------------------- */

static void make_shape(const struct buf *text, struct shape *s)
{
	struct tree t = TREE_INIT;
	struct request r;
	struct diag d = DIAG_INIT;

	if (tree_parse(&t, text->s, text->len, NULL, &d) < 0 || request_read(&t, t.root, &r, &d) < 0 ||
	    shape_make(&r, s, &d) < 0)
		bench_die(d.text);
	tree_free(&t);
}

static int choose(struct hub *h, const struct shape *s, uint32_t sites, struct offer_slot *slot, unsigned most,
		  struct match *match, struct offer_site *site)
{
	struct offer_ask q = { s, h->now, h->now + 10 * MINUTE_US, HOUR_US };

	for (uint32_t i = 0; i < sites; i++) {
		struct site *at = h->sites.site[i];

		match_site(s, &at->doc, &h->config, &h->catalogue, &match[i], NULL);
		site[i] = (struct offer_site){ .place = &at->time, .match = &match[i], .prices = at->prices,
					       .ready = h->now, .out = !place_known(&at->time) };
	}
	return offer_choose(&q, site, sites, slot, most);
}

static void measure_choose(struct hub *h)
{
	struct match *match = calloc(h->sites.count, sizeof *match);
	struct offer_site *site = calloc(h->sites.count, sizeof *site);
	struct offer_slot slot[OFFER_MOST];
	struct buf text = BUF_INIT;
	double us[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		struct shape s;
		int64_t start;

		make_request(h, &text, (unsigned)i);
		make_shape(&text, &s);
		start = cpu_ns();
		if (choose(h, &s, h->sites.count, slot, 4, match, site) < 2)
			bench_die("hardly any offers");
		us[i] = (double)(cpu_ns() - start) / 1000;
		shape_free(&s);
	}
	print(us, ROUNDS);
	buf_free(&text);
	free(match);
	free(site);
}

static void measure_answer(struct hub *h)
{
	struct agenda a = { .wake = INT64_MAX, .next_archive = INT64_MAX };
	struct buf text = BUF_INIT;
	double us[ROUNDS / 4];
	char name[32];

	agenda_all(&a);
	turn_run(h, &a);
	for (int i = 0; i < ROUNDS / 4; i++) {
		uint32_t before = h->jobs.in_phase[PHASE_OFFERED];
		int64_t start;
		int fd;

		make_request(h, &text, (unsigned)i);
		snprintf(name, sizeof name, "j%d.yaml", i);
		fd = openat(h->spool.inbox, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0 || write(fd, text.s, text.len) != (ssize_t)text.len)
			bench_die("cannot drop");
		close(fd);
		start = bench_ns();
		while (h->jobs.in_phase[PHASE_OFFERED] == before) {
			a.inbox = true;
			turn_run(h, &a);
			if (bench_since(start) > 30)
				bench_die("no offers came");
		}
		us[i] = (double)(bench_ns() - start) / 1000;
	}
	print(us, ROUNDS / 4);
	buf_free(&text);
	free(a.mail);
}

/* --- planning anew ------------------------------------------------------------------------------ */

struct session { uint32_t home; timeline_handle hold; };

static int settle(struct hub *h, struct session *s, const struct shape *shape, struct match *match,
		  struct offer_site *site)
{
	struct offer_slot slot;
	struct place_take k = { .standing = PLACE_AGREED, .holder = { .what = HOLD_JOB } };

	if (choose(h, shape, HOMES, &slot, 1, match, site) != 1)
		return 0;
	k.from = slot.start;
	k.to = offer_held_until(&slot);
	memcpy(k.amount, slot.amount, sizeof k.amount);
	s->home = slot.site;
	return place_take(&h->sites.site[slot.site]->time, &k, &s->hold, NULL) == 0;
}

static void measure_replan(struct hub *h)
{
	static struct session session[SESSIONS];
	struct match *match = calloc(HOMES, sizeof *match);
	struct offer_site *site = calloc(HOMES, sizeof *site);
	struct timeline_broken lost;
	struct buf text = BUF_INIT;
	struct site_doc none;
	struct shape shape;
	int64_t start;
	int moved = 0;

	for (uint32_t i = 0; i < HOMES; i++)
		place_free(&h->sites.site[i]->time);
	for (uint32_t i = 0; i < HOMES; i++)
		if (place_learn(&h->sites.site[i]->time, &h->sites.site[i]->doc, 0, &lost, NULL) < 0)
			bench_die("place_learn");
	for (uint32_t i = 0; i < SESSIONS; i++) {
		struct place_take k = { .standing = PLACE_AGREED, .holder = { HOLD_JOB, 0, i } };

		session[i].home = i % HOMES;
		do {
			k.from = h->now + (int64_t)chance(2 * 24 * 60) * MINUTE_US;
			k.to = k.from + (int64_t)(30 + chance(300)) * MINUTE_US;
			k.amount[PLACE_CORES] = 1 + chance(8);
			k.amount[PLACE_MEMORY] = chance(24) << 30;
		} while (place_take(&h->sites.site[i % HOMES]->time, &k, &session[i].hold, NULL) != 0);
	}
	make_request(h, &text, 0);
	make_shape(&text, &shape);
	none = h->sites.site[7]->doc;
	none.cores = 0;
	none.memory = none.disk = 0;
	start = cpu_ns();
	if (place_learn(&h->sites.site[7]->time, &none, h->now, &lost, NULL) < 0)
		bench_die("place_learn");
	for (size_t i = 0; i < lost.entries; i++)
		moved += settle(h, &session[place_holder(&lost.entry[i]).index], &shape, match, site);
	printf("%.1f %d/%zu", (double)(cpu_ns() - start) / 1000, moved, lost.entries);
	free(lost.entry);
	shape_free(&shape);
	buf_free(&text);
	free(match);
	free(site);
}

/* --- many open offers ------------------------------------------------------------------------------ */

static void open_four(struct hub *h, uint32_t j)
{
	for (unsigned k = 1; k <= 4; k++)
		if (!offers_add(h, &(struct offer){ .job = j, .number = (uint8_t)k, .expires = h->now + j }))
			bench_die("offers_add");
}

/* Of jobs here and there; what is closed is opened again, as they come and go. */
static double close_some(struct hub *h, const uint32_t *job, unsigned jobs)
{
	int64_t ns = 0;

	for (unsigned i = 0; i < SOME; i++) {
		uint32_t j = job[chance(jobs)];
		int64_t start = cpu_ns();
		struct offer *o;

		while ((o = offers_first(h, j)))
			offers_drop(h, o);
		ns += cpu_ns() - start;
		open_four(h, j);
	}
	return (double)ns / SOME / 1000;
}

static void measure_open(struct hub *h)
{
	static uint32_t job[MANY / 4];
	unsigned n = 0;

	while (n < MANY / 4) {
		struct uuid id;

		uuid_v7_new(&id);
		job[n] = jobs_add(&h->jobs, &id);
		if (job[n] == NO_JOB)
			bench_die("jobs_add");
		open_four(h, job[n++]);
		if (n == FEW / 4 || n == MANY / 4)
			printf(" %.3f", close_some(h, job, n));
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	unsigned sites = argc > 2 ? (unsigned)atoi(argv[2]) : 1000, entries = argc > 3 ? (unsigned)atoi(argv[3]) : 1000;
	struct diag d = DIAG_INIT;
	struct hub h;

	if (argc < 2 || sites < HOMES)
		bench_die("usage: spoold_offers DIR [SITES [ENTRIES]]");
	if (spool_init(argv[1], &d) < 0 || hub_open(&h, argv[1], SPOOL_LOCK, &d) < 0)
		bench_die(d.text);
	for (unsigned i = 0; i < sites; i++)
		add_site(&h, i, &d);
	if (recover(&h, &d) < 0)
		bench_die(d.text);
	for (unsigned i = 0; i < sites; i++)
		fill(&h, &h.sites.site[i]->time, entries);
	measure_choose(&h);
	measure_answer(&h);
	measure_replan(&h);
	measure_open(&h);
	hub_close(&h);
	return 0;
}
