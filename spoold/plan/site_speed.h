/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_speed - how much slower or faster a site runs jobs than others run the same.
 *
 * Each run that ended there is told as the ratio of its time to the one expected
 * of such a job at a site of speed 1.  Ratios spread widely, so the mean of their
 * logarithms is taken of the last hundred or so, and a few say little.
 *
 * Pure.  All zeros knows nothing.
 */
#ifndef PLAN_SITE_SPEED_H
#define PLAN_SITE_SPEED_H

struct site_speed {
	float count;			/* of runs that still count: at most 100 */
	float mean;			/* of the logarithms */
};

void site_speed_add(struct site_speed *s, double ratio);
/* 1: as others, or not known; 2: twice as fast.  Between 1/20 and 20. */
double site_speed(const struct site_speed *s);

#endif
