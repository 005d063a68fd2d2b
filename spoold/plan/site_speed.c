/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site_speed.h"

#include <math.h>

/* Nothing known counts as much as so many runs. */
static const float fade = 0.99F, prior = 5;
static const float most = 3;		/* of a logarithm: a factor of 20 */

void site_speed_add(struct site_speed *s, double ratio)
{
	float x = ratio > 0 ? (float)log(ratio) : 0;

	x = x > most ? most : x < -most ? -most : x;
	s->count = s->count * fade + 1;
	s->mean += (x - s->mean) / s->count;
}

double site_speed(const struct site_speed *s)
{
	return exp(-(double)(s->mean * s->count / (s->count + prior)));
}
