/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rates.h"

#include <math.h>

/* What is assumed counts as much as a tenth of a measurement; and one counts half
 * after six hours. */
static const double prior = 0.1, half_life = 6 * 3600.0, most_samples = 8;

double rate_weight(const struct rate_seen *r)
{
	double n = r->samples < most_samples ? r->samples : most_samples;

	if (!(r->value > 0))
		return 0;
	n *= exp2(-(r->age > 0 ? r->age : 0) / half_life);
	return n / (n + prior);
}

double rate_reckon(const struct rate_seen *r, double assumed)
{
	double w = rate_weight(r);

	return w > 0 ? exp(w * log(r->value) + (1 - w) * log(assumed)) : assumed;
}
