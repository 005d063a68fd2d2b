/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stamp - a date and time of day as written, before it is an instant.
 *
 * For instant.c and interval.c: the end of an interval may leave parts of it
 * out, which it then has from the start.  `struct scan` is in scan.h.
 */
#ifndef FORMATS_STAMP_H
#define FORMATS_STAMP_H

#include "instant.h"
#include "scan.h"

struct stamp {
	int     year, month, day;
	bool    timed;		/* a time of day was given */
	int64_t us;		/* that time, 0 to DAY_US */
	int     zone;		/* minutes east of UTC */
};

/* YYYY-MM-DD or YYYYMMDD. */
int stamp_date(struct scan *sc, struct stamp *st);
/* The parts of it, for what is left out: DD and MM-DD, year and month given. */
int stamp_day(struct scan *sc, struct stamp *st);
int stamp_month_day(struct scan *sc, struct stamp *st);
/* hh[:mm[:ss[.frac]]] or hhmm[ss[.frac]], and the zone; without one st->zone stays. */
int stamp_time(struct scan *sc, struct stamp *st);
/* T, t or a blank and a time, if there is more; then nothing more. */
int stamp_rest(struct scan *sc, struct stamp *st);
/* 1970 to 9999, else -1; from is where it begins in sc. */
int stamp_instant(const struct scan *sc, size_t from, const struct stamp *st, instant_t *out);
/* The other way: the date of a day, counted from 1970-01-01, not before it. */
void stamp_of_day(int64_t days, struct stamp *st);

#endif
