/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect - the first place of an ordered row that does not go before what is sought.
 *
 *	uint32_t lo = 0, hi = r->count;
 *
 *	BISECT(lo, hi, r->range[mid].to < number);
 *	lo is it: 0 to count
 *
 * before: of the place mid, true at all up to one and at none from there on.
 */
#ifndef FORMATS_BISECT_H
#define FORMATS_BISECT_H

#define BISECT(lo, hi, before)					\
	while ((lo) < (hi)) {					\
		__typeof__(lo) mid = (lo) + ((hi) - (lo)) / 2;	\
								\
		if (before)					\
			(lo) = mid + 1;				\
		else						\
			(hi) = mid;				\
	}

#endif
