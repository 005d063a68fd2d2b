/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spool-sim - replay a trace through the planner of spoold, or a baseline.
 *
 *	spool-sim --trace FILE --policy spool|fifo|greedy|delay|ect|datafree
 *		--core-scale X --wan-load W [--cache 0.2] [--sigma 0.7] [--seed 1]
 *		[--byte-price P] [--hold H]
 *
 * Prints lines of `name value unit`.  Exit: 0, 64 for a wrong call, 65 for a
 * trace that cannot be used, 70 if something was given twice.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "buf.h"
#include "policy.h"

struct call {
	const char *trace, *policy;
	struct sim_options o;
	double byte_price, hold;
};

static const char usage_text[] =
	"usage: spool-sim --trace FILE --policy spool|fifo|greedy|delay|ect|datafree\n"
	"\t--core-scale X --wan-load W [--cache F] [--sigma S] [--seed N] [--byte-price P] [--hold H]\n"
	"       spool-sim --help | --version\n";

static int usage(const char *why)
{
	fprintf(stderr, "spool-sim: %s\n%s", why, usage_text);
	return EX_USAGE;
}

static int parse(int argc, char **argv, struct call *c)
{
	static const struct option options[] = {
		{ "trace", 1, NULL, 't' }, { "policy", 1, NULL, 'p' }, { "core-scale", 1, NULL, 'c' },
		{ "wan-load", 1, NULL, 'w' }, { "cache", 1, NULL, 'k' }, { "sigma", 1, NULL, 's' },
		{ "seed", 1, NULL, 'n' }, { "byte-price", 1, NULL, 'b' }, { "hold", 1, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		char *end = NULL;
		double v = o != '?' && optarg ? strtod(optarg, &end) : 0;

		if (o == '?')
			return usage("an option that is not known, or without its value");
		if (o == 't')
			c->trace = optarg;
		else if (o == 'p')
			c->policy = optarg;
		else if (!end || end == optarg || *end || !(v >= 0))
			return usage("expected a number, not less than 0");
		else if (o == 'c')
			c->o.core_scale = v;
		else if (o == 'w')
			c->o.wan_load = v;
		else if (o == 'k')
			c->o.cache = v;
		else if (o == 's')
			c->o.sigma = v;
		else if (o == 'n')
			c->o.seed = (uint64_t)v;
		else if (o == 'b')
			c->byte_price = v;
		else
			c->hold = v;
	}
	if (optind < argc || !c->trace || !c->policy || !(c->o.core_scale > 0) || !(c->o.wan_load > 0))
		return usage("--trace, --policy, --core-scale and --wan-load are needed");
	return 0;
}

static double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(struct world *w, struct policy *p)
{
	double next = 0;

	p->wake = PLANNER_NEVER;
	for (;;) {
		double at = w->events && w->event[0].at < p->wake ? w->event[0].at : p->wake;
		double before;

		if (at < next)
			at = next;
		if (!world_step(w, at))
			return;
		if (!w->changed && w->now < p->wake)
			continue;
		p->wake = PLANNER_NEVER;
		w->changed = false;
		before = cpu_now();
		p->round(p, w);
		p->cpu += cpu_now() - before;
		next = w->now + POLICY_EVERY;
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void report(const struct world *w, const struct policy *p)
{
	uint32_t n = w->t->jobs;
	double *turnaround = calloc(n, sizeof *turnaround), sum = 0, end = 0, cores = 0;

	for (uint32_t j = 0; turnaround && j < n; j++) {
		turnaround[j] = w->state[j].done - w->state[j].released;
		sum += turnaround[j];
		if (w->state[j].done > end)
			end = w->state[j].done;
	}
	if (turnaround)
		qsort(turnaround, n, sizeof *turnaround, by_value);
	for (uint32_t i = 0; i < SIM_SITES; i++)
		cores += w->site[i].cores;
	printf("wan_bytes %llu B\n", (unsigned long long)w->fetched);
	printf("compulsory_bytes %llu B\n", (unsigned long long)w->t->compulsory);
	printf("mean_turnaround %.3f s\n", sum / n);
	printf("p95_turnaround %.3f s\n", turnaround ? turnaround[(uint32_t)(0.95 * (n - 1))] : 0);
	printf("makespan %.3f s\n", end);
	printf("utilisation %.4f 1\n", w->core_seconds / (cores * end));
	printf("planner_cpu %.3f s\n", p->cpu);
	free(turnaround);
}

static int complain(const struct diag *d, const char *file, int code)
{
	struct buf b = BUF_INIT;

	diag_format(d, file, &b);
	fprintf(stderr, "spool-sim: %s\n", b.s);
	buf_free(&b);
	return code;
}

int main(int argc, char **argv)
{
	struct call c = { .o = { .cache = 0.2, .sigma = 0.7, .seed = 1 }, .byte_price = -1 };
	struct policy p;
	struct world w;
	struct trace t;
	struct diag d = DIAG_INIT;
	int r;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return fputs(usage_text, stdout) < 0 ? EX_IOERR : EX_OK;
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return puts("spool-sim " SPOOL_VERSION) < 0 ? EX_IOERR : EX_OK;
	r = parse(argc, argv, &c);
	if (r)
		return r;
	if (!policy_find(&p, c.policy))
		return usage("there is no such policy");
	if (trace_read(&t, c.trace, &d) < 0)
		return complain(&d, c.trace, EX_DATAERR);
	trace_limit_cores(&t, world_most_cores(&c.o));
	c.o.datafree = !strcmp(c.policy, "datafree");
	p.byte_price = c.byte_price;
	if (c.hold > 0)
		p.hold = c.hold;
	if (world_init(&w, &t, &c.o, &d) < 0)
		return complain(&d, NULL, EX_DATAERR);
	if (policy_init(&p, &w, &d) < 0)
		return complain(&d, NULL, EX_OSERR);
	run(&w, &p);
	if (w.failed)
		r = complain(&d, NULL, EX_SOFTWARE);
	else
		report(&w, &p);
	policy_free(&p, &w);
	world_free(&w);
	trace_free(&t);
	return r;
}
