/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_round - what the planner's decisions cost, and how that grows.
 *
 *	plan_round
 *
 * Sites of 64 cores, each with a tenth of as many datasets as there are shapes,
 * and jobs of shapes that want one dataset each.  Prints lines as test/bench/run
 * does, in processor time:
 *	plan_message	one site has 32 cores free, all others are full: the first
 *			job of each shape has its turn, until 100 are left waiting
 *	plan_all	every site has free cores: all jobs have their turn, until
 *			100 of them are left waiting
 * with 100 sites, 100 shapes and 10,000 jobs, and with ten times that.
 */
#include "bench.h"
#include "planner.h"

enum { CORES = 64, LEFT = 100 };

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make(struct planner *p, uint32_t n)
{
	static uint32_t file[100000];
	uint8_t *may = malloc(n);

	if (!may || planner_init(p, n, n, 1, NULL) < 0 || !(p->shape = calloc(n, sizeof *p->shape)))
		bench_die("no memory");
	memset(may, 1, n);
	p->shapes = n;
	p->price.each = 1e-7;
	byte_price_begin(&p->price, 1e-7);
	for (uint32_t i = 0; i < n; i++) {
		file[i] = i;
		p->shape[i] = (struct planner_shape){ &file[i], 1, 1, may, NULL, NULL };
		p->bytes[i] = 1000000000;
		p->site[i] = (struct planner_site){ .open = true, .speed = 1, .rate = 1e7 };
		p->site[i].cores.total = CORES;
		p->carry[i] = 1e-7;
	}
	for (uint32_t f = 0; f < n; f++)
		for (uint32_t s = f % 10; s < n; s += 10)
			p->there[(size_t)f * n + s] = 0;
}

/* Seconds for all of a round. */
static double run(struct planner *p, const struct planner_job *job, uint32_t jobs, uint32_t left)
{
	struct planner_choice *c = malloc((jobs + 1) * sizeof *c);
	double before;

	if (!c)
		bench_die("no memory");
	before = cpu();
	if (planner_round(p, job, jobs, 1000, left, c, NULL) < 0)
		bench_die("no memory");
	before = cpu() - before;
	free(c);
	return before;
}

static void measure(uint32_t n, double *message, double *all)
{
	uint32_t jobs = 100 * n;
	struct planner_job *job = calloc(jobs, sizeof *job);
	struct planner p;

	if (!job)
		bench_die("no memory");
	make(&p, n);
	/* Who has waited for four times as long as it runs has gone. */
	for (uint32_t i = 0; i < jobs; i++)
		job[i] = (struct planner_job){ i % n, 1000000, 100, 620 + (double)(i % 379) };
	*all = run(&p, job, jobs, LEFT);
	for (uint32_t i = 0; i < n; i++)
		cores_take(&p.site[i].cores, i == n / 2 ? CORES / 2 : CORES, 0, 3600);
	*message = run(&p, job, n, LEFT);
	free((void *)p.shape[0].may);
	free(p.shape);
	planner_free(&p);
	free(job);
}

int main(void)
{
	double message[2], all[2];

	measure(100, &message[0], &all[0]);
	measure(1000, &message[1], &all[1]);
	printf("plan_message %.2f ms goal<20 one site of 1000, 1000 shapes\n", message[1] * 1e3);
	printf("plan_message_growth %.1f x from a tenth of the sites and shapes\n", message[1] / message[0]);
	printf("plan_all %.3f s goal<2 1000 sites, 100000 jobs\n", all[1]);
	printf("plan_all_growth %.1f x from a tenth of the sites, shapes and jobs\n", all[1] / all[0]);
	return 0;
}
