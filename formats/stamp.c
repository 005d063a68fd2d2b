/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stamp.h"

#include <stdio.h>

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int year, int month)
{
	return month == 2 ? 28 + is_leap(year) : 30 + ((month + (month > 7)) & 1);
}

/* From 1970-01-01; year >= 1970. */
static int64_t days_since_1970(int year, int month, int day)
{
	int before = year - 1;
	int64_t days = (year - 1970) * INT64_C(365) + (before / 4 - before / 100 + before / 400) -
		       (1969 / 4 - 1969 / 100 + 1969 / 400);

	for (int m = 1; m < month; m++)
		days += days_in(year, m);
	return days + day - 1;
}

void stamp_of_day(int64_t days, struct stamp *st)
{
	/* Right or one off: 400 years have 146,097 days. */
	int year = 1970 + (int)(days * 400 / 146097), month = 1;

	while (days < days_since_1970(year, 1, 1))
		year--;
	while (days >= days_since_1970(year + 1, 1, 1))
		year++;
	days -= days_since_1970(year, 1, 1);
	for (; days >= days_in(year, month); month++)
		days -= days_in(year, month);
	*st = (struct stamp){ .year = year, .month = month, .day = (int)days + 1 };
}

int stamp_day(struct scan *sc, struct stamp *st)
{
	char wanted[64];
	int most = days_in(st->year, st->month);

	snprintf(wanted, sizeof wanted, "a day from 01 to %d (of %04d-%02d)", most, st->year,
		 st->month);
	return scan_number(sc, 2, 1, most, &st->day, wanted);
}

int stamp_month_day(struct scan *sc, struct stamp *st)
{
	if (scan_number(sc, 2, 1, 12, &st->month, "a month from 01 to 12"))
		return -1;
	scan_eat(sc, '-');
	return stamp_day(sc, st);
}

int stamp_date(struct scan *sc, struct stamp *st)
{
	size_t n = scan_count_digits(sc);
	bool basic = n == 8;

	if (n > 4 && !basic)
		return scan_fail(sc, sc->at, sc->at + n, "a year from 1970 to 9999");
	if (scan_number(sc, 4, 1970, 9999, &st->year, "a year from 1970 to 9999"))
		return -1;
	if (!basic && !scan_eat(sc, '-'))
		return scan_fail_here(sc, "a date such as 2023-09-14");
	if (scan_number(sc, 2, 1, 12, &st->month, "a month from 01 to 12"))
		return -1;
	if (!basic && !scan_eat(sc, '-'))
		return scan_fail_here(sc, "a hyphen and the day");
	return stamp_day(sc, st);
}

/* Up to microseconds; what is finer is dropped. */
static int stamp_fraction(struct scan *sc, int64_t *us)
{
	int64_t digit = SECOND_US / 10;

	if (!scan_eat(sc, '.') && !scan_eat(sc, ','))
		return 0;
	if (!scan_count_digits(sc))
		return scan_fail_here(sc, "digits behind the point");
	for (size_t n = scan_count_digits(sc); n; n--, sc->at++, digit /= 10)
		*us += digit * (scan_peek(sc, 0) - '0');
	return 0;
}

static int stamp_zone(struct scan *sc, struct stamp *st)
{
	int hours, minutes = 0, sign;

	if (scan_eat(sc, 'z')) {
		st->zone = 0;
		return 0;
	}
	sign = scan_peek(sc, 0) == '-' ? -1 : 1;
	if (!scan_eat(sc, '+') && !scan_eat(sc, '-'))
		return 0;
	if (scan_number(sc, 2, 0, 23, &hours, "an offset such as +01:00"))
		return -1;
	if ((scan_eat(sc, ':') || scan_count_digits(sc)) &&
	    scan_number(sc, 2, 0, 59, &minutes, "the minutes of an offset, 00 to 59"))
		return -1;
	st->zone = sign * (hours * 60 + minutes);
	return 0;
}

/* Another pair of digits?  In the extended form a colon says so. */
static bool more_time(struct scan *sc, bool extended)
{
	return extended ? scan_eat(sc, ':') : scan_count_digits(sc) > 0;
}

int stamp_time(struct scan *sc, struct stamp *st)
{
	size_t from = sc->at;
	int hour, minute = 0, second = 0;
	bool extended;

	if (scan_number(sc, 2, 0, 24, &hour, "an hour from 00 to 24"))
		return -1;
	extended = scan_peek(sc, 0) == ':';
	st->us = 0;
	if (more_time(sc, extended)) {
		if (scan_number(sc, 2, 0, 59, &minute, "minutes from 00 to 59"))
			return -1;
		if (more_time(sc, extended) &&
		    (scan_number(sc, 2, 0, 59, &second, "seconds from 00 to 59") ||
		     stamp_fraction(sc, &st->us)))
			return -1;
	}
	st->us += hour * HOUR_US + minute * MINUTE_US + second * SECOND_US;
	if (st->us > DAY_US)
		return scan_fail(sc, from, sc->at, "a time up to 24:00");
	st->timed = true;
	return stamp_zone(sc, st);
}

int stamp_rest(struct scan *sc, struct stamp *st)
{
	if (scan_at_end(sc))
		return 0;
	if (!st->timed) {
		if (!scan_eat(sc, 't') && !scan_eat(sc, ' '))
			return scan_fail_here(sc, "T and a time such as T11:30Z, or the end");
		if (stamp_time(sc, st))
			return -1;
	}
	if (scan_at_end(sc))
		return 0;
	return scan_fail_here(sc, "more of the time, Z, an offset such as +01:00, or the end");
}

int stamp_instant(const struct scan *sc, size_t from, const struct stamp *st, instant_t *out)
{
	instant_t t = days_since_1970(st->year, st->month, st->day) * DAY_US + st->us -
		      st->zone * MINUTE_US;

	if (t < 0 || t > INSTANT_MAX)
		return scan_fail(sc, from, sc->end, "a time within 1970 to 9999 in UTC");
	*out = t;
	return 0;
}
