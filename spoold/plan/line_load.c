/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "line_load.h"

#include <math.h>

/* Sizes by powers of four, from a millisecond on. */
static int size_of(double seconds)
{
	int size;

	if (!(seconds > 1e-3))
		return 0;
	size = (ilogb(seconds * 1e3) + 1) / 2;
	return size < LINE_SIZES ? size : LINE_SIZES - 1;
}

void line_load_add(struct line_load *l, double seconds, double waits)
{
	int size = size_of(seconds);

	if (!(seconds > 0))
		return;
	l->work[size] += (float)seconds;
	l->count[size] += 1;
	l->waits[size] += (float)waits;
}

double line_load_delay(const struct line_load *l, double seconds, double *others)
{
	float own = 0, theirs = 0, s = (float)seconds;

	for (int i = 0; i < LINE_SIZES; i++) {
		float each = l->work[i] / (l->count[i] + 1e-9F);

		each = each < s ? each : s;
		own += each * l->count[i];
		theirs += each * l->waits[i];
	}
	*others = (double)theirs;
	return (double)own;
}

double line_load_smaller(const struct line_load *l, double seconds)
{
	int size = size_of(seconds);
	float sum = 0;

	for (int i = 0; i <= size; i++)
		sum += l->work[i];
	return (double)sum;
}

double line_load_all(const struct line_load *l)
{
	float sum = 0;

	for (int i = 0; i < LINE_SIZES; i++)
		sum += l->work[i];
	return (double)sum;
}
