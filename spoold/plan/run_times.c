/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run_times.h"

#include <math.h>

static const float fade = 0.95F, usual_spread = 0.7F, usual_weight = 3;
static const double shortest = 1e-3;

void run_times_add(struct run_times *r, double seconds)
{
	float x = (float)log(seconds > shortest ? seconds : shortest);
	float off = x - r->mean;

	r->count = r->count * fade + 1;
	r->mean += off / r->count;
	r->square = r->square * fade + off * (x - r->mean);
}

/* The standard normal number that a part q does not exceed, to three digits. */
static double normal(double q)
{
	double t = sqrt(-2 * log(q < 0.5 ? q : 1 - q));
	double z = t - (2.515517 + 0.802853 * t + 0.010328 * t * t) /
		       (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);

	return q < 0.5 ? -z : z;
}

double run_times_quantile(const struct run_times *r, double q)
{
	double variance;

	if (!(r->count > 0))
		return 0;
	variance = (double)((r->square + usual_weight * usual_spread * usual_spread) /
			    (r->count + usual_weight));
	return exp((double)r->mean + normal(q) * sqrt(variance));
}

/* Who has run for long is likely to run on for a good part of that. */
double run_times_left(double expected, double elapsed)
{
	double left = expected - elapsed, more = 0.35 * elapsed;

	return left > more ? left : more;
}
