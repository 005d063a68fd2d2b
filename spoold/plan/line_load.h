/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line_load - what is to be carried over a site's line, and what more would mean.
 *
 * All that goes over a line shares it equally, so a transfer of w seconds (of
 * the whole line) among others with r seconds left takes w + sum(min(r, w)):
 * small ones pass large ones.  The others together lose that same sum.  They
 * are kept as counts by size, so an answer costs the same however many there
 * are.
 *
 * Pure.  All zeros is an idle line.
 */
#ifndef PLAN_LINE_LOAD_H
#define PLAN_LINE_LOAD_H

enum { LINE_SIZES = 20 };

struct line_load {
	float work[LINE_SIZES];		/* seconds of the line, of all of that size */
	float count[LINE_SIZES];
	float waits[LINE_SIZES];	/* jobs that wait for one of them */
};

/* So many jobs wait for it. */
void line_load_add(struct line_load *l, double seconds, double waits);
/* What another transfer of so many seconds loses by the others; and in *others
 * what all that wait for these lose by it. */
double line_load_delay(const struct line_load *l, double seconds, double *others);
/* Seconds of work of those that are about as large, or less. */
double line_load_smaller(const struct line_load *l, double seconds);
/* Seconds of work in all. */
double line_load_all(const struct line_load *l);

#endif
