/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cores.h"

#include <math.h>

static const double growth = 1.22;

/* Slice k begins at (growth^k - 1) / (growth - 1). */
static double begins(int k)
{
	static const double at[CORES_SLICES + 1] = {
		0, 1, 2.22, 3.7084, 5.52425, 7.73958, 10.4423, 13.7396, 17.7623, 22.67, 28.6574, 35.962,
		44.8737, 55.7459, 69.01, 85.1922, 104.935, 129.02, 158.405, 194.254, 237.989, 291.347,
		356.443, 435.861, 532.75, 650.955, 795.165, 971.102, 1185.74, 1447.61, 1767.08, 2156.84,
		2632.34, 3212.46, 3920.2, 4783.64, 5837.05, 7122.2, 8690.08, 10602.9, 12936.5, 15783.6,
		19257, 23494.5, 28664.3, 34971.4, 42666.1, 52053.7, 63506.5, 77478.9, 94525.3, 115322,
		140694, 171647, 209411, 255482, 311689, 380262, 463920, 565984, 690501, 842412, 1.02774e+06,
		1.25385e+06, 1.5297e+06,
	};

	return at[k];
}

static int slice_of(double t)
{
	int k;

	if (!(t > 0))
		return 0;
	k = (int)(log1p(t * (growth - 1)) / log(growth));
	return k < CORES_SLICES ? k : CORES_SLICES - 1;
}

void cores_take(struct cores *c, double cores, double from, double to)
{
	if (from < 0)
		from = 0;
	for (int k = slice_of(from); k < CORES_SLICES && begins(k) < to; k++) {
		double a = begins(k), b = begins(k + 1);
		double lo = from > a ? from : a, hi = to < b ? to : b;

		if (hi > lo)
			c->used[k] += (float)(cores * (hi - lo) / (b - a));
	}
}

double cores_start(const struct cores *c, double cores, double earliest)
{
	float limit = c->total - (float)cores + 1e-3F;

	int k = slice_of(earliest);

	/* What begins late in a slice shows little in it, but fills the next. */
	if (earliest > begins(k) && k + 1 < CORES_SLICES && c->used[k + 1] > limit)
		k++;
	for (; k < CORES_SLICES; k++)
		if (c->used[k] <= limit)
			return earliest > begins(k) ? earliest : begins(k);
	return INFINITY;
}
