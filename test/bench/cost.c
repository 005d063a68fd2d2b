/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cost - what a command costs: run it N times, print the medians.
 *
 *	cost N COMMAND...
 *
 * Seconds on the clock, seconds of CPU (user and system, of it and of all the
 * children that it waited for), bytes of the largest resident set among them.
 */
#include <fcntl.h>
#include <sys/resource.h>

#include "bench.h"

enum { MOST = 1000 };

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void run(char **argv, double *wall, double *cpu, double *rss)
{
	int64_t start = bench_ns();
	struct rusage u;
	int status, null;
	pid_t pid = fork();

	if (pid == 0) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 1);
		execvp(argv[0], argv);
		bench_die(argv[0]);
	}
	if (pid < 0 || wait4(pid, &status, 0, &u) != pid)
		bench_die("wait4");
	if (status) {
		errno = 0;
		bench_die(argv[0]);
	}
	*wall = bench_since(start);
	*cpu = seconds(&u.ru_utime) + seconds(&u.ru_stime);
	*rss = (double)u.ru_maxrss * 1024;
}

int main(int argc, char **argv)
{
	static double wall[MOST], cpu[MOST], rss[MOST];
	int n = argc > 2 ? atoi(argv[1]) : 0;

	if (n < 1 || n > MOST)
		bench_die("cost N COMMAND..., N at most 1000");
	for (int i = 0; i < n; i++)
		run(argv + 2, &wall[i], &cpu[i], &rss[i]);
	printf("%.6f %.6f %.0f\n", bench_quantile(wall, (size_t)n, 0.5),
	       bench_quantile(cpu, (size_t)n, 0.5), bench_quantile(rss, (size_t)n, 0.5));
	return 0;
}
