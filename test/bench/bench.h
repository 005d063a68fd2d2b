/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench - what the programs of test/bench share: a clock, an end, a child.
 *
 * They measure for test/bench/run, which reads what they print: one number,
 * or a few separated by blanks.  When something is not as expected they say
 * so and exit 1: a measurement that went wrong is no measurement.
 */
#ifndef TEST_BENCH_H
#define TEST_BENCH_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline int64_t bench_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static inline double bench_since(int64_t ns)
{
	return (double)(bench_ns() - ns) / 1e9;
}

/* With the text of the present errno, if there is one. */
__attribute__((noreturn))
static inline void bench_die(const char *what)
{
	int saved = errno;

	fprintf(stderr, "%s: %s%s%s\n", program_invocation_short_name, what, saved ? ": " : "",
		saved ? strerror(saved) : "");
	exit(1);
}

/* It ended, and well. */
static inline void bench_join(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0) {
		errno = 0;
		bench_die("a child failed");
	}
}

static inline int bench_by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* p of 0.5 is the median.  Sorts v. */
static inline double bench_quantile(double *v, size_t n, double p)
{
	qsort(v, n, sizeof *v, bench_by_value);
	return v[(size_t)((double)(n - 1) * p + 0.5)];
}

#endif
