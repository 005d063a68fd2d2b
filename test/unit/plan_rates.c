/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rates.h"

#include <math.h>

#include "tap.h"

static bool near(double a, double b, double part)
{
	return fabs(a - b) <= part * b;
}

int main(void)
{
	struct rate_seen fresh = { 1e6, 1e5, 8, 0 }, one = { 1e6, 0, 1, 0 }, nothing = { 0 };
	struct rate_seen old = fresh, ancient = fresh, ahead = fresh;

	old.age = 24 * 3600;
	ancient.age = 30 * 86400.0;
	ahead.age = -60;
	ok(rate_reckon(&nothing, 12.5e6) == 12.5e6, "where nothing was measured, what is assumed counts");
	ok(near(rate_reckon(&fresh, 12.5e6), 1e6, 0.05), "what was measured just now counts");
	ok(near(rate_reckon(&one, 12.5e6), 1e6, 0.3), "and so does a single measurement");
	ok(rate_reckon(&old, 12.5e6) > rate_reckon(&fresh, 12.5e6) && rate_reckon(&old, 12.5e6) < 3e6,
	   "a day later it counts less");
	ok(near(rate_reckon(&ancient, 12.5e6), 12.5e6, 0.01), "a month later nothing");
	ok(rate_reckon(&ahead, 12.5e6) <= rate_reckon(&fresh, 12.5e6), "a clock that is ahead does no harm");
	ok(rate_weight(&nothing) == 0 && rate_weight(&fresh) > 0.9 && rate_weight(&fresh) < 1,
	   "the weight is between nothing and all");
	return done();
}
