/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "visits.h"

#include <math.h>

#include "site_speed.h"
#include "tap.h"

static bool near(double a, double b, double by)
{
	return fabs(a - b) <= by;
}

static void nothing_known(void)
{
	struct visits v = { 0 };

	ok(near(visits_next(&v, 300, 1000, 0.5), 300, 1e-9), "of whom nothing was heard, what it says counts");
	ok(near(visits_next(&v, 0, 1000, 0.5), 0, 1e-9), "who fetches at once does so");
	v.last = 1000;
	ok(near(visits_next(&v, 300, 1100, 0.5), 200, 1e-9), "its rhythm has a phase");
	ok(near(visits_next(&v, 4, 1003, 0.5), 2, 1e-9), "in a few seconds it is not known when");
	ok(visits_next(&v, 300, 900, 0.5) > 0, "a clock that was set back does no harm");
}

static void by_cron(void)
{
	struct visits v = { 0 };

	for (int i = 0; i <= 50; i++)
		visits_add(&v, 1000 + 60 * i);
	ok(near(visits_every(&v, 300), 60, 0.01), "who comes each minute, and says 5, comes each minute");
	ok(near(visits_next(&v, 300, 4000 + 20, 0.5), 40, 0.01), "and is expected at the minute");
	ok(near(visits_next(&v, 300, 4000 + 80, 0.5), 40, 0.01), "also when it left one out");
}

static void in_bursts(void)
{
	struct visits v = { 0 };
	double t = 1000;

	for (int i = 0; i < 50; i++, t += 300) {
		visits_add(&v, t);
		visits_add(&v, t + 0.2);
		visits_add(&v, t + 2);
		visits_add(&v, t + 4);
	}
	t += 4 - 300;
	ok(visits_next(&v, 300, t + 10, 0.5) > 200, "a few messages at a time are no rhythm of seconds");
}

/* The link is up for an hour a week. */
static void weekly(void)
{
	const double week = 7 * 86400;
	struct visits v = { 0 };
	double t = 1e6;

	for (int w = 0; w < 5; w++)
		for (int i = 0; i < 60; i++)
			visits_add(&v, t + w * week + 60 * i);
	t += 4 * week + 59 * 60;
	ok(near(visits_next(&v, 60, t + 30, 0.5), 30, 1), "while the link is up it comes each minute");
	ok(near(visits_next(&v, 60, t + 3600, 0.5), week - 59 * 60 - 3600, 60),
	   "an hour after it went down, next week");
	ok(near(visits_next(&v, 60, t + 6 * 86400, 0.5), week - 59 * 60 - 6 * 86400, 60), "and six days after");
	ok(visits_next(&v, 60, t + 2 * week, 0.5) > 0 && visits_next(&v, 60, t + 2 * week, 0.5) <= week,
	   "one that did not come is expected later, not never");
	ok(visits_next(&v, 60, t + 1000 * week, 0.9) <= week, "however long it has been away");
}

static void speeds(void)
{
	struct site_speed slow = { 0 }, one = { 0 }, odd = { 0 };

	ok(site_speed(&one) == 1, "nothing is known of a site: it is as fast as others");
	site_speed_add(&one, 2);
	ok(site_speed(&one) > 0.85 && site_speed(&one) < 1, "one run says little");
	for (int i = 0; i < 60; i++)
		site_speed_add(&slow, i % 2 ? 4 : 1);
	ok(near(site_speed(&slow), 0.5, 0.06), "many runs of twice the time, in the middle: half the speed");
	for (int i = 0; i < 300; i++)
		site_speed_add(&odd, 1e9);
	ok(site_speed(&odd) > 0.04, "it has a limit");
	site_speed_add(&odd, 0);
	site_speed_add(&odd, -1);
	ok(site_speed(&odd) > 0 && site_speed(&odd) < 21, "what cannot be a ratio is none");
}

int main(void)
{
	nothing_known();
	by_cron();
	in_bursts();
	weekly();
	speeds();
	return done();
}
