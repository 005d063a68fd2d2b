/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cores - how many of a site's cores are likely to be in use, and when.
 *
 * An estimate, for comparing sites; what is promised lies on a timeline.
 * Time from now on is cut into slices that get longer the farther away they
 * are, as what is known of them gets less.  So an answer costs the same however
 * many jobs there are.  What is planned for later leaves the cores until then
 * to others; who begins earlier and goes on into it is not stopped: it is more
 * likely that the later one is then late.
 *
 * Pure.  Times are seconds from now.
 */
#ifndef PLAN_CORES_H
#define PLAN_CORES_H

#include <stdint.h>

enum { CORES_SLICES = 64 };		/* 1 s, 1.22 s, ...: two weeks in all */
#define CORES_FINEST 1.0		/* seconds: of the first */

struct cores {
	float total;
	float used[CORES_SLICES];	/* on average over the slice; may exceed the total */
};

/* From there to there; to may be INFINITY. */
void cores_take(struct cores *c, double cores, double from, double to);
/* The first time, from `earliest` on, when so many are free; INFINITY: never,
 * as far as can be seen. */
double cores_start(const struct cores *c, double cores, double earliest);

#endif
