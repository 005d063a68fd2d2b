/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_times - how long jobs of a kind are likely to take, from those that ended.
 *
 * Run times spread by factors, not by seconds, so the mean and the spread of
 * their logarithms are kept, the older ones fading.  With few of them the spread
 * is taken to be what is usual (a factor of two either way in two of three).
 *
 * Pure.  All zeros knows nothing.  Seconds.
 */
#ifndef PLAN_RUN_TIMES_H
#define PLAN_RUN_TIMES_H

struct run_times {
	float count;			/* of those that still count: at most about 20 */
	float mean, square;		/* of the logarithms; of their deviations, summed up */
};

void run_times_add(struct run_times *r, double seconds);
/* What a part q (0 < q < 1) of them does not exceed: 0.5 is the middle, 0.1 to
 * 0.9 the spread.  0: nothing is known. */
double run_times_quantile(const struct run_times *r, double q);
/* Of one that was to take so long, and has been running: what is left. */
double run_times_left(double expected, double elapsed);

#endif
