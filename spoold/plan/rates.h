/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rates - what a measured rate is worth when it has aged.
 *
 * What was measured lately counts; the older it is and the fewer measurements it
 * comes from, the more it gives way to what is assumed without any.  Between the
 * two the mean of the logarithms is taken, as rates differ by factors.
 *
 * Pure.  Any unit, as long as both have the same.
 */
#ifndef PLAN_RATES_H
#define PLAN_RATES_H

#include <stdint.h>

struct rate_seen {
	double value, spread;	/* the median, and that of the distances from it; 0: not known */
	uint32_t samples;	/* that it comes from */
	double age;		/* seconds since the last of them */
};

/* 0..1: how much of what is reckoned with was measured. */
double rate_weight(const struct rate_seen *r);
/* assumed > 0. */
double rate_reckon(const struct rate_seen *r, double assumed);

#endif
