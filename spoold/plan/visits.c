/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "visits.h"

#include <math.h>

static const float fade = 0.99F;
static const double shortest = 1, usual_silence = 60, at_once = 10, most = 7 * 86400.0;

static int size_of(double gap)
{
	int size = ilogb(gap);

	return size < 0 ? 0 : size < VISITS_SIZES ? size : VISITS_SIZES - 1;
}

void visits_add(struct visits *v, double now)
{
	double gap = now - v->last;

	if (v->last > 0 && gap >= 0 && gap < shortest)
		return;
	if (v->last > 0 && gap > 0) {
		for (int i = 0; i < VISITS_SIZES; i++) {
			v->count[i] *= fade;
			v->sum[i] *= fade;
		}
		v->count[size_of(gap)] += 1;
		v->sum[size_of(gap)] += (float)gap;
		v->seen++;
	}
	v->last = now;
}

/* Longer than this it is silent only when it is away. */
static double longest_silence(double claimed)
{
	return 2 * claimed > usual_silence ? 2 * claimed : usual_silence;
}

static double mean(const struct visits *v, int i)
{
	return (double)(v->sum[i] / v->count[i]);
}

/* Of the gaps between the two lengths: that which a part q, by number or by time,
 * is not above; 0: there is none.  by_time: a gap counts as much as it lasts. */
static double quantile(const struct visits *v, double above, double upto, double q, int by_time)
{
	double all = 0, part = 0, last = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < VISITS_SIZES; i++) {
			double weight;

			if (!(v->count[i] > 1e-6F) || mean(v, i) <= above || mean(v, i) > upto)
				continue;
			weight = (double)(by_time ? v->sum[i] : v->count[i]);
			last = mean(v, i);
			if (!pass)
				all += weight;
			else if ((part += weight) >= q * all)
				return last;
		}
	}
	return last;
}

double visits_every(const struct visits *v, double claimed)
{
	double usual = quantile(v, 0, longest_silence(claimed), 0.5, 1);

	if (claimed <= at_once || !(usual > 0))
		return claimed;
	return usual;
}

double visits_next(const struct visits *v, double claimed, double now, double q)
{
	double gone = now - v->last, every = visits_every(v, claimed), silence = longest_silence(claimed);
	double left;

	if (!(v->last > 0) || gone < 0)
		gone = 0;
	if (gone <= silence) {
		/* Of one that comes every few seconds it is not known when in these. */
		if (every <= at_once)
			return every * q;
		left = every - fmod(gone, every);
		return q > 0.5 ? left + (quantile(v, 0, silence, q, 0) > every ? every : 0) : left;
	}
	left = quantile(v, gone, 1e18, q, 0) - gone;
	if (!(left > 0))
		left = gone * q;
	return left < most ? left : most;
}
