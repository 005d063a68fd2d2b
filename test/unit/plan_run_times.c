/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run_times.h"

#include <math.h>

#include "tap.h"

static int near(double a, double b) { return fabs(a - b) < 0.01 * b; }

int main(void)
{
	struct run_times r = { 0 };

	ok(run_times_quantile(&r, 0.5) <= 0, "at first nothing is known");
	run_times_add(&r, 100);
	ok(near(run_times_quantile(&r, 0.5), 100), "then the first counts");
	ok(run_times_quantile(&r, 0.9) > 200 && run_times_quantile(&r, 0.1) < 50, "and may be wrong");
	for (int i = 0; i < 100; i++)
		run_times_add(&r, 100);
	ok(near(run_times_quantile(&r, 0.5), 100), "if all take the same");
	ok(run_times_quantile(&r, 0.9) < 150, "the spread gets less");
	for (int i = 0; i < 100; i++)
		run_times_add(&r, 10);
	ok(run_times_quantile(&r, 0.5) < 12, "what was long ago fades");
	run_times_add(&r, 0);
	ok(isfinite(run_times_quantile(&r, 0.01)), "no time at all is a time, too");
	ok(run_times_left(100, 30) >= 70, "what is left of what was expected");
	ok(near(run_times_left(100, 1000), 350), "and who overruns is likely to go on");
	return done();
}
