/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timeline_fit - how long the earliest fit in a timeline takes, and how that grows.
 *
 *	timeline_fit [SCENE...]		SCENE: fit scattered comb comb2 turn first lost memory
 *
 * Prints lines as test/bench/run does: `timeline_SCENE_ENTRIES value us`, the
 * median of single calls by the clock, with the mean and the 99th percentile
 * beside it (on a busy machine these tell of the machine); `first` and `lost`
 * in processor time, as these calls are few and long.  `timeline_SCENE_growth`
 * is what ten times as many entries add, on the average from 1,000 to 100,000,
 * beside the same from 100 to 10,000: as much if the growth is logarithmic, a
 * tenth of it if it is linear.
 *
 * A site has 1,024 cores, 4,096 GB, 100 TB and 16 GPUs.
 *
 *	fit		a full queue: each job promised its earliest start, so
 *			that cores, memory or GPUs are short nearly always;
 *			searched from now on, for a random job
 *	scattered	jobs at random, about 60 % of the cores taken; likewise
 *	comb		all is taken for an hour, free for 59 minutes, and so on;
 *			searched for anything of 59 minutes and a microsecond
 *	comb2		all cores are taken for 50 minutes of an hour, all memory
 *			in the next; searched for all of both, for 30 minutes
 *	turn		in `fit`'s timeline: a search, the job taken, another
 *			given back; all three
 *	first		`comb2` and nobody has ever searched: nothing was learnt
 *	lost		the site of `fit` is lost for ever: every promise is broken
 *	memory		bytes an entry of `fit`'s timeline, and of its copy, which
 *			has no slack and has learnt nothing
 */
#include <malloc.h>
#include <stdbool.h>

#include "bench.h"
#include "chance.h"
#include "timeline.h"

enum { KINDS = 4, CORES = 1024, MEMORY = 4096, DISK = 100000, GPUS = 16 };
#define MINUTE INT64_C(60000000)

static const uint64_t has[KINDS] = { CORES, MEMORY, DISK, GPUS };

static struct chance luck;

struct wish { uint64_t amount[TIMELINE_KINDS]; int64_t duration; };

/* 1 to 64 cores, 1 to 6 GB for each; 5 minutes to two days. */
static struct wish job(void)
{
	struct wish w = { .amount = { UINT64_C(1) << chance_below(&luck, 7) } };

	w.amount[1] = w.amount[0] * (1 + chance_below(&luck, 6));
	w.amount[2] = chance_below(&luck, 500);
	w.amount[3] = chance_below(&luck, 10) ? 0 : 1 + chance_below(&luck, 4);
	w.duration = 5 * MINUTE << chance_below(&luck, 9);
	w.duration += (int64_t)chance_below(&luck, (uint64_t)w.duration);
	return w;
}

static struct wish short_job(void)
{
	return (struct wish){ .amount = { 1 + chance_below(&luck, CORES) }, .duration = 59 * MINUTE + 1 };
}

static struct wish whole_site(void)
{
	return (struct wish){ .amount = { CORES, MEMORY }, .duration = 30 * MINUTE };
}

/* --- timelines ---------------------------------------------------------------------- */

static void put(struct timeline *t, const struct wish *w, int64_t from)
{
	struct timeline_entry e = { .from = from, .to = from + w->duration, .standing = TIMELINE_PROMISE };
	timeline_handle h;

	memcpy(e.amount, w->amount, sizeof e.amount);
	errno = 0;
	if (timeline_take(t, &e, &h, NULL) != 0)
		bench_die("an entry does not fit");
}

static bool ask(const struct timeline *t, const struct wish *w, struct timeline_found *f)
{
	struct timeline_window window = { 0, TIMELINE_END, w->duration };

	return timeline_fit(t, w->amount, &window, 1, f);
}

static void fill_queue(struct timeline *t, int n)
{
	struct timeline_found f;

	for (int i = 0; i < n; i++) {
		struct wish w = job();

		errno = 0;
		if (!ask(t, &w, &f))
			bench_die("a job fits nowhere");
		put(t, &w, f.start);
	}
}

static void fill_scattered(struct timeline *t, int n)
{
	struct timeline_obstacle o;

	for (int i = 0; i < n; i++) {
		struct wish w;
		int64_t from;

		do {
			w = job();
			from = (int64_t)chance_below(&luck, (uint64_t)n * 12 * MINUTE);
		} while (timeline_obstacle(t, w.amount, from, from + w.duration, &o));
		put(t, &w, from);
	}
}

static void fill_comb(struct timeline *t, int n)
{
	struct wish w = { .amount = { CORES }, .duration = 60 * MINUTE };

	for (int i = 0; i < n; i++)
		put(t, &w, i * 119 * MINUTE);
}

static void fill_comb2(struct timeline *t, int n)
{
	struct wish w[2] = { { { CORES }, 50 * MINUTE }, { { 0, MEMORY }, 50 * MINUTE } };

	for (int i = 0; i < n; i++)
		put(t, &w[i & 1], i * 60 * MINUTE);
}

/* --- measuring ------------------------------------------------------------------------ */

/* A system call, so not for what takes less than a microsecond. */
static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

enum { CALLS = 20000, WARM = 4000, FIRSTS = 25 };
static double us[CALLS];

static void search(struct timeline *t, struct wish (*wish)(void))
{
	struct timeline_found f;

	for (int i = -WARM; i < CALLS; i++) {
		struct wish w = wish();
		int64_t begin = bench_ns();

		ask(t, &w, &f);
		if (i >= 0)
			us[i] = (double)(bench_ns() - begin) / 1e3;
	}
}

static void turns(struct timeline *t, struct wish (*wish)(void))
{
	uint32_t cursor = 0;

	for (int i = -WARM; i < CALLS; i++) {
		struct timeline_entry e = { 0 };
		struct timeline_found f = { 0 };
		struct wish w = wish();
		int64_t begin;

		cursor = (uint32_t)chance_below(&luck, t->slots);
		while (!timeline_next(t, &cursor, &e))
			cursor = 0;
		begin = bench_ns();
		if (ask(t, &w, &f))
			put(t, &w, f.start);
		timeline_give_back(t, e.handle, NULL);
		if (i >= 0)
			us[i] = (double)(bench_ns() - begin) / 1e3;
	}
}

static void firsts(struct timeline *t, struct wish (*wish)(void))
{
	struct timeline copy;
	struct timeline_found f;

	for (int i = 0; i < FIRSTS; i++) {
		struct wish w = wish();
		int64_t begin;

		if (timeline_copy(&copy, t, NULL) < 0)
			bench_die("timeline_copy");
		begin = cpu_ns();
		ask(&copy, &w, &f);
		us[i] = (double)(cpu_ns() - begin) / 1e3;
		timeline_free(&copy);
	}
}

static void losses(struct timeline *t, struct wish (*wish)(void))
{
	struct timeline copy;

	for (int i = 0; i < FIRSTS; i++) {
		struct timeline_entry e = { .from = TIMELINE_START, .to = TIMELINE_END };
		struct timeline_broken broken;
		timeline_handle h;
		int64_t begin;

		memcpy(e.amount, has, sizeof has);
		if (timeline_copy(&copy, t, NULL) < 0)
			bench_die("timeline_copy");
		begin = cpu_ns();
		if (timeline_impose(&copy, &e, &h, &broken, NULL) < 0)
			bench_die("timeline_impose");
		us[i] = (double)(cpu_ns() - begin) / 1e3;
		if (broken.entries != t->entries)
			bench_die("not every promise was broken");
		free(broken.entry);
		timeline_free(&copy);
	}
	(void)wish;
}

static const struct scene {
	const char *name;
	void (*fill)(struct timeline *t, int n);
	struct wish (*wish)(void);
	void (*measure)(struct timeline *t, struct wish (*wish)(void));
	int calls;
	double goal;			/* for 10,000 entries; 0: none */
} scenes[] = {
	{ "fit", fill_queue, job, search, CALLS, 5 },
	{ "scattered", fill_scattered, job, search, CALLS, 5 },
	{ "comb", fill_comb, short_job, search, CALLS, 5 },
	{ "comb2", fill_comb2, whole_site, search, CALLS, 5 },
	{ "turn", fill_queue, job, turns, CALLS, 0 },
	{ "first", fill_comb2, whole_site, firsts, FIRSTS, 0 },
	{ "lost", fill_queue, job, losses, FIRSTS, 0 },
};

static double measure(const struct scene *s, int n)
{
	struct timeline t;
	char name[40];
	double mean = 0, median, p99, begun;
	int64_t begin;

	luck = (struct chance){ .state = 20230914 };
	if (timeline_init(&t, KINDS, has, NULL) < 0)
		bench_die("timeline_init");
	begin = cpu_ns();
	s->fill(&t, n);
	begun = (double)(cpu_ns() - begin) / 1e3 / n;
	s->measure(&t, s->wish);
	for (int i = 0; i < s->calls; i++)
		mean += us[i] / s->calls;
	p99 = bench_quantile(us, (size_t)s->calls, 0.99);
	median = bench_quantile(us, (size_t)s->calls, 0.5);
	snprintf(name, sizeof name, "timeline_%s_%d", s->name, n);
	printf("%-26s %12.3f %-8s  mean %.3f; p99 %.3f; %.2f us to put one in", name, median, "us", mean,
	       p99, begun);
	if (s->goal > 0 && n == 10000)
		printf("; goal < %g: %s", s->goal, median < s->goal ? "met" : "MISSED");
	putchar('\n');
	fflush(stdout);
	timeline_free(&t);
	return median;
}

static void measure_all(const struct scene *s)
{
	double took[4];
	int n = 100;
	char name[40];

	for (int i = 0; i < 4; i++, n *= 10)
		took[i] = measure(s, n);
	snprintf(name, sizeof name, "timeline_%s_growth", s->name);
	printf("%-26s %12.3f %-8s  a tenfold from 1,000 to 100,000; %.3f from 100 to 10,000\n", name,
	       (took[3] - took[1]) / 2, "us", (took[2] - took[0]) / 2);
}

static size_t allocated(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void measure_memory(void)
{
	enum { N = 10000 };
	size_t before = allocated(), used;
	struct timeline t, copy;

	luck = (struct chance){ .state = 20230914 };
	if (timeline_init(&t, KINDS, has, NULL) < 0)
		bench_die("timeline_init");
	fill_queue(&t, N);
	search(&t, job);
	used = allocated() - before;
	before = allocated();
	if (timeline_copy(&copy, &t, NULL) < 0)
		bench_die("timeline_copy");
	printf("%-26s %12.0f %-8s  a copy: %.0f; %d kinds, %d entries\n", "timeline_memory",
	       (double)used / N, "B/entry", (double)(allocated() - before) / N, KINDS, N);
	timeline_free(&copy);
	timeline_free(&t);
}

static bool is_wanted(const char *name, int argc, char **argv)
{
	bool wanted = argc == 1;

	for (int i = 1; i < argc; i++)
		wanted |= !strcmp(argv[i], name);
	return wanted;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
		if (is_wanted(scenes[i].name, argc, argv))
			measure_all(&scenes[i]);
	if (is_wanted("memory", argc, argv))
		measure_memory();
	return 0;
}
