/* SPDX-License-Identifier: GPL-2.0-or-later */
/* instant.h: every spelling of the texts this comes from, the calendar, the messages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chance.h"
#include "instant.h"
#include "tap.h"

#define T1130 INT64_C(1694691000000000)		/* 2023-09-14T11:30Z */
#define MIDNIGHT (T1130 - 11 * HOUR_US - 30 * MINUTE_US)
#define N(a) (sizeof(a) / sizeof *(a))

struct good {
	const char *text;
	int64_t     us;
};

struct bad {
	const char *text;
	int         col;
	const char *says;
};

/* Without a NUL behind it, followed by what could be taken for more of it. */
static const char *exact(const char *text)
{
	static char copy[128];

	snprintf(copy, sizeof copy, "%s", text);
	memset(copy + strlen(copy), '9', sizeof copy - strlen(text));
	return copy;
}

static void run_good(int (*parse)(const char *, size_t, int64_t *, struct diag *),
		     const struct good *g, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct diag d = DIAG_INIT;
		int64_t us = -1;

		parse(exact(g[i].text), strlen(g[i].text), &us, &d);
		is_int(us, g[i].us, "%s", g[i].text);
		is_str(d.text, "", "no complaint");
	}
}

static void run_bad(int (*parse)(const char *, size_t, int64_t *, struct diag *),
		    const struct bad *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct diag d = DIAG_INIT;
		int64_t us = -77;

		is_int(parse(exact(b[i].text), strlen(b[i].text), &us, &d), -1, "bad: %s", b[i].text);
		is_str(d.text, b[i].says, "its message");
		is_int(d.col, b[i].col, "its column");
		is_int(us, -77, "the value is as before");
	}
	is_int(parse("?", 1, &(int64_t){ 0 }, NULL), -1, "a NULL diag is allowed");
}

static const struct good good_instants[] = {
	/* The ExecutionPlanner text. */
	{ "2023-09-14T11:30Z", T1130 },
	{ "2023-09-14T22:00Z", MIDNIGHT + 22 * HOUR_US },
	{ "2023-09-14", MIDNIGHT },
	/* Parts of the time. */
	{ "2023-09-14T11:30:05Z", T1130 + 5 * SECOND_US },
	{ "2023-09-14T11:30:05.123Z", T1130 + 5123000 },
	{ "2023-09-14T11:30:05,123Z", T1130 + 5123000 },
	{ "2023-09-14T11:30:05.123456Z", T1130 + 5123456 },
	{ "2023-09-14T11:30:05.123456999Z", T1130 + 5123456 },
	{ "2023-09-14T11:30:05.1Z", T1130 + 5100000 },
	{ "2023-09-14T11Z", T1130 - 30 * MINUTE_US },
	{ "2023-09-14T11:30", T1130 }, { "2023-09-14T11:30:00", T1130 },
	{ "2023-09-14t11:30z", T1130 }, { "2023-09-14 11:30", T1130 },
	{ "2023-09-14T24:00Z", MIDNIGHT + DAY_US },
	{ "2023-09-14T24:00:00.000Z", MIDNIGHT + DAY_US },
	{ "2023-09-14T00:00Z", MIDNIGHT },
	{ "2023-09-14T23:59:59.999999Z", MIDNIGHT + DAY_US - 1 },
	/* Zones. */
	{ "2023-09-14T12:30+01:00", T1130 }, { "2023-09-14T13:30:00.000+02:00", T1130 },
	{ "2023-09-14T06:00-05:30", T1130 }, { "2023-09-14T12:30+0100", T1130 },
	{ "2023-09-14T12:30+01", T1130 }, { "2023-09-15T11:29+23:59", T1130 },
	{ "2023-09-13T11:31-23:59", T1130 }, { "2023-09-14T11:30-00:00", T1130 },
	/* Without hyphens and colons. */
	{ "20230914T1130Z", T1130 }, { "20230914T113005Z", T1130 + 5 * SECOND_US },
	{ "20230914T113005.5+0000", T1130 + 5500000 }, { "20230914", MIDNIGHT },
	{ "20230914T11Z", T1130 - 30 * MINUTE_US },
	/* The calendar. */
	{ "1970-01-01", 0 }, { "1970-01-01T00:00:00.000001Z", 1 },
	{ "1970-01-01T01:00+01:00", 0 },
	{ "2000-02-29", INT64_C(951782400) * SECOND_US },
	{ "2024-02-29", INT64_C(1709164800) * SECOND_US },
	{ "2024-12-31", INT64_C(1735603200) * SECOND_US },
	{ "2100-03-01", INT64_C(4107542400) * SECOND_US },
	{ "9999-12-31T23:59:59.999999Z", INSTANT_MAX },
	{ "9999-12-31T24:00+00:01", INSTANT_MAX + 1 - MINUTE_US },
};

static const struct bad bad_instants[] = {
	{ "", 1, "\"\" is not a date and time: found the end, "
	  "expected a year from 1970 to 9999" },
	{ "tomorrow", 1, "\"tomorrow\" is not a date and time: found \"t\", "
	  "expected a year from 1970 to 9999" },
	{ "1969-12-31", 1, "\"1969-12-31\" is not a date and time: found \"1969\", "
	  "expected a year from 1970 to 9999" },
	{ "0000-01-01", 1, "\"0000-01-01\" is not a date and time: found \"0000\", "
	  "expected a year from 1970 to 9999" },
	{ "10000-01-01", 1, "\"10000-01-01\" is not a date and time: found \"10000\", "
	  "expected a year from 1970 to 9999" },
	{ "-2023-09-14", 1, "\"-2023-09-14\" is not a date and time: found \"-\", "
	  "expected a year from 1970 to 9999" },
	{ "2023", 5, "\"2023\" is not a date and time: found the end, "
	  "expected a date such as 2023-09-14" },
	{ "2023/09/14", 5, "\"2023/09/14\" is not a date and time: found \"/09/14\", "
	  "expected a date such as 2023-09-14" },
	{ "2023-257", 6, "\"2023-257\" is not a date and time: found \"25\", "
	  "expected a month from 01 to 12" },
	{ "2023-W37-4", 6, "\"2023-W37-4\" is not a date and time: found \"W\", "
	  "expected a month from 01 to 12" },
	{ "2023-09", 8, "\"2023-09\" is not a date and time: found the end, "
	  "expected a hyphen and the day" },
	{ "2023-9-14", 6, "\"2023-9-14\" is not a date and time: found \"9-\", "
	  "expected a month from 01 to 12" },
	{ "2023-00-14", 6, "\"2023-00-14\" is not a date and time: found \"00\", "
	  "expected a month from 01 to 12" },
	{ "2023-13-14", 6, "\"2023-13-14\" is not a date and time: found \"13\", "
	  "expected a month from 01 to 12" },
	{ "2023-09-00", 9, "\"2023-09-00\" is not a date and time: found \"00\", "
	  "expected a day from 01 to 30 (of 2023-09)" },
	{ "2023-09-31", 9, "\"2023-09-31\" is not a date and time: found \"31\", "
	  "expected a day from 01 to 30 (of 2023-09)" },
	{ "2023-10-32", 9, "\"2023-10-32\" is not a date and time: found \"32\", "
	  "expected a day from 01 to 31 (of 2023-10)" },
	{ "2023-02-29", 9, "\"2023-02-29\" is not a date and time: found \"29\", "
	  "expected a day from 01 to 28 (of 2023-02)" },
	{ "2024-02-30", 9, "\"2024-02-30\" is not a date and time: found \"30\", "
	  "expected a day from 01 to 29 (of 2024-02)" },
	{ "2100-02-29", 9, "\"2100-02-29\" is not a date and time: found \"29\", "
	  "expected a day from 01 to 28 (of 2100-02)" },
	{ "2023-09-14X", 11, "\"2023-09-14X\" is not a date and time: found \"X\", "
	  "expected T and a time such as T11:30Z, or the end" },
	{ "2023-09-14Z", 11, "\"2023-09-14Z\" is not a date and time: found \"Z\", "
	  "expected T and a time such as T11:30Z, or the end" },
	{ "2023-09-14T", 12, "\"2023-09-14T\" is not a date and time: found the end, "
	  "expected an hour from 00 to 24" },
	{ "2023-09-14T25:00", 12, "\"2023-09-14T25:00\" is not a date and time: "
	  "found \"25\", expected an hour from 00 to 24" },
	{ "2023-09-14T24:01", 12, "\"2023-09-14T24:01\" is not a date and time: "
	  "found \"24:01\", expected a time up to 24:00" },
	{ "2023-09-14T24:00:00.5Z", 12, "\"2023-09-14T24:00:00.5Z\" is not a date and time: "
	  "found \"24:00:00.5\", expected a time up to 24:00" },
	{ "2023-09-14T1:30", 12, "\"2023-09-14T1:30\" is not a date and time: "
	  "found \"1:\", expected an hour from 00 to 24" },
	{ "2023-09-14T11:60Z", 15, "\"2023-09-14T11:60Z\" is not a date and time: "
	  "found \"60\", expected minutes from 00 to 59" },
	{ "2023-09-14T11:Z", 15, "\"2023-09-14T11:Z\" is not a date and time: "
	  "found \"Z\", expected minutes from 00 to 59" },
	{ "2023-09-14T11:30:60Z", 18, "\"2023-09-14T11:30:60Z\" is not a date and time: "
	  "found \"60\", expected seconds from 00 to 59" },
	{ "2023-09-14T11:30:05.Z", 21, "\"2023-09-14T11:30:05.Z\" is not a date and time: "
	  "found \"Z\", expected digits behind the point" },
	{ "2023-09-14T11:30.5Z", 17, "\"2023-09-14T11:30.5Z\" is not a date and time: found "
	  "\".5Z\", expected more of the time, Z, an offset such as +01:00, or the end" },
	{ "2023-09-14T1130:05Z", 16, "\"2023-09-14T1130:05Z\" is not a date and time: found "
	  "\":05Z\", expected more of the time, Z, an offset such as +01:00, or the end" },
	{ "2023-09-14T11:30 BST", 17, "\"2023-09-14T11:30 BST\" is not a date and time: found "
	  "\" BST\", expected more of the time, Z, an offset such as +01:00, or the end" },
	{ "2023-09-14T11:30ZZ", 18, "\"2023-09-14T11:30ZZ\" is not a date and time: found "
	  "\"Z\", expected more of the time, Z, an offset such as +01:00, or the end" },
	{ "2023-09-14T11:30+1", 18, "\"2023-09-14T11:30+1\" is not a date and time: "
	  "found \"1\", expected an offset such as +01:00" },
	{ "2023-09-14T11:30+24:00", 18, "\"2023-09-14T11:30+24:00\" is not a date and time: "
	  "found \"24\", expected an offset such as +01:00" },
	{ "2023-09-14T11:30+01:60", 21, "\"2023-09-14T11:30+01:60\" is not a date and time: "
	  "found \"60\", expected the minutes of an offset, 00 to 59" },
	{ "1970-01-01T00:30+01:00", 1, "\"1970-01-01T00:30+01:00\" is not a date and time, "
	  "expected a time within 1970 to 9999 in UTC" },
	{ "9999-12-31T24:00Z", 1, "\"9999-12-31T24:00Z\" is not a date and time, "
	  "expected a time within 1970 to 9999 in UTC" },
	{ "9999-12-31T23:59-00:01", 1, "\"9999-12-31T23:59-00:01\" is not a date and time, "
	  "expected a time within 1970 to 9999 in UTC" },
};

static void test_instant_parse(void)
{
	run_good(instant_parse, good_instants, N(good_instants));
	run_bad(instant_parse, bad_instants, N(bad_instants));
}

static const char *text(void (*how)(int64_t, struct buf *), int64_t us)
{
	static char copy[80];
	struct buf b = BUF_INIT;

	how(us, &b);
	snprintf(copy, sizeof copy, "%s", b.s);
	buf_free(&b);
	return copy;
}

/* Each day of 8,030 years against the C library's calendar. */
static void test_calendar(void)
{
	struct buf b = BUF_INIT;
	int wrong = 0;
	char want[64];
	int64_t back;

	for (int64_t day = 0; day <= INSTANT_MAX / DAY_US; day++) {
		time_t t = (time_t)(day * 86400 + day % 86400);
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.042Z", &tm);
		buf_reset(&b);
		instant_format(t * SECOND_US + 42999, &b);
		wrong += strcmp(b.s, want) != 0;
		wrong += instant_parse(b.s, b.len, &back, NULL) != 0 ||
			 back != t * SECOND_US + 42000;
	}
	is_int(wrong, 0, "every day until 9999, written and read");
	buf_free(&b);
}

static void test_instant_format(void)
{
	struct timespec now;
	instant_t t;

	is_str(text(instant_format, T1130 + 5123456), "2023-09-14T11:30:05.123Z", "milliseconds");
	is_str(text(instant_format, 0), "1970-01-01T00:00:00.000Z", "the first");
	is_str(text(instant_format, INSTANT_MAX), "9999-12-31T23:59:59.999Z", "the last");
	is_str(text(instant_format, -1), "1970-01-01T00:00:00.000Z", "before the first");
	is_str(text(instant_format, INT64_MIN), "1970-01-01T00:00:00.000Z", "long before");
	is_str(text(instant_format, INSTANT_MAX + 1), "9999-12-31T23:59:59.999Z", "after the last");
	is_str(text(instant_format, INT64_MAX), "9999-12-31T23:59:59.999Z", "long after");
	is_int(strlen(text(instant_format, T1130)), INSTANT_TEXT, "24 characters");
	clock_gettime(CLOCK_REALTIME, &now);
	t = instant_now();
	ok(t >= now.tv_sec * SECOND_US + now.tv_nsec / 1000 && t < (now.tv_sec + 60) * SECOND_US,
	   "instant_now");
}

static const struct good good_durations[] = {
	/* The ExecutionPlanner text. */
	{ "P1H", HOUR_US }, { "P2H", 2 * HOUR_US }, { "P4H", 4 * HOUR_US },
	{ "1H", HOUR_US }, { "1D", DAY_US }, { "P1D", DAY_US }, { "PT1H", HOUR_US },
	{ "PT30M", 30 * MINUTE_US }, { "1HR", HOUR_US }, { "20min", 20 * MINUTE_US },
	/* ISO 8601. */
	{ "PT1H30M", 90 * MINUTE_US }, { "P1W", 7 * DAY_US }, { "P2W", 14 * DAY_US },
	{ "P1DT12H", 36 * HOUR_US }, { "PT0.5S", SECOND_US / 2 },
	{ "PT0,5S", SECOND_US / 2 }, { "P1M", 30 * DAY_US }, { "P1Y", 365 * DAY_US },
	{ "P1Y2M3W4DT5H6M7.5S", (365 + 60 + 21 + 4) * DAY_US + 5 * HOUR_US +
	  6 * MINUTE_US + 7500000 },
	{ "PT1M", MINUTE_US }, { "P1MT1M", 30 * DAY_US + MINUTE_US }, { "PT90M", 90 * MINUTE_US },
	{ "PT36H", 36 * HOUR_US }, { "P0D", 0 }, { "PT0S", 0 }, { "P0.5D", DAY_US / 2 },
	{ "P1.5W", 21 * DAY_US / 2 }, { "P0.5Y", 365 * DAY_US / 2 },
	{ "PT0.000001S", 1 }, { "PT0.0000019S", 1 }, { "PT1.999999999999999999999S", 1999999 },
	/* No T, no P, lower case. */
	{ "P30S", 30 * SECOND_US }, { "P1H30M", 90 * MINUTE_US }, { "P1H30M5S", 5405 * SECOND_US },
	{ "1H30M", 90 * MINUTE_US }, { "1D12H", 36 * HOUR_US }, { "1DT12H", 36 * HOUR_US },
	{ "T30M", 30 * MINUTE_US }, { "1DT30M", DAY_US + 30 * MINUTE_US },
	{ "pt1h30m", 90 * MINUTE_US }, { "p1dt12h", 36 * HOUR_US }, { "1h", HOUR_US },
	{ "p1m", 30 * DAY_US }, { "1w", 7 * DAY_US }, { "1Y", 365 * DAY_US },
	/* As people write. */
	{ "90s", 90 * SECOND_US }, { "15min", 15 * MINUTE_US }, { "2h", 2 * HOUR_US },
	{ "1d12h", 36 * HOUR_US }, { "1.5h", 90 * MINUTE_US }, { "500ms", 500000 },
	{ "250us", 250 }, { "1s500ms", 1500000 }, { "2 hours", 2 * HOUR_US },
	{ "1 hour", HOUR_US }, { "1h 30min", 90 * MINUTE_US }, { "1 day 2 hrs 3 mins 4 secs",
	  DAY_US + 2 * HOUR_US + 3 * MINUTE_US + 4 * SECOND_US }, { "3 weeks", 21 * DAY_US },
	{ "6mo", 180 * DAY_US }, { "1 month", 30 * DAY_US }, { "2 months 1 minute", 60 * DAY_US +
	  MINUTE_US }, { "1mot5h", 30 * DAY_US + 5 * HOUR_US }, { "1yr", 365 * DAY_US },
	{ "2 years", 730 * DAY_US }, { "45 seconds", 45 * SECOND_US }, { "1 sec", SECOND_US },
	{ "1wk", 7 * DAY_US }, { "1 second", SECOND_US }, { "5 minutes ", 5 * MINUTE_US },
	{ "0", 0 }, { "0s", 0 },
	/* The longest. */
	{ "P10000Y", DURATION_MAX }, { "3650000d", DURATION_MAX },
	{ "P9999Y364DT23H59M59.999999S", DURATION_MAX - 1 },
};

static const struct bad bad_durations[] = {
	{ "", 1, "\"\" is not a duration: found the end, expected a number" },
	{ "P", 2, "\"P\" is not a duration: found the end, expected a number" },
	{ "PT", 3, "\"PT\" is not a duration: found the end, expected a number" },
	{ "P1DT", 5, "\"P1DT\" is not a duration: found the end, expected a number" },
	{ "soon", 1, "\"soon\" is not a duration, expected a number" },
	{ "-PT1H", 1, "\"-PT1H\" is not a duration, expected one that is not negative" },
	{ "PT-1H", 3, "\"PT-1H\" is not a duration: found \"-1H\", "
	  "expected a number that is not negative" },
	{ "3600", 5, "\"3600\" is not a duration: found the end, "
	  "expected a unit: y, mo, w, d, h, min or s" },
	{ "P3", 3, "\"P3\" is not a duration: found the end, "
	  "expected a unit: Y, M, W, D, H, M or S" },
	{ "00", 3, "\"00\" is not a duration: found the end, "
	  "expected a unit: y, mo, w, d, h, min or s" },
	{ "30m", 3, "\"30m\" is not a duration: found \"m\", "
	  "expected min for minutes or mo for months" },
	{ "30M", 3, "\"30M\" is not a duration: found \"M\", "
	  "expected min for minutes or mo for months" },
	{ "1d30m", 5, "\"1d30m\" is not a duration: found \"m\", "
	  "expected min for minutes or mo for months" },
	{ "1X", 2, "\"1X\" is not a duration: found \"X\", "
	  "expected a unit: y, mo, w, d, h, min or s" },
	{ "P1X", 3, "\"P1X\" is not a duration: found \"X\", "
	  "expected a unit: Y, M, W, D, H, M or S" },
	{ "2 fortnights", 3, "\"2 fortnights\" is not a duration: found \"fortnights\", "
	  "expected a unit: y, mo, w, d, h, min or s" },
	{ "PT1D", 4, "\"PT1D\" is not a duration: found \"D\", "
	  "expected hours, minutes or seconds behind the T" },
	{ "PT1H1D", 6, "\"PT1H1D\" is not a duration: found \"D\", "
	  "expected hours, minutes or seconds behind the T" },
	{ "1h2h", 4, "\"1h2h\" is not a duration: found \"h\", "
	  "expected each unit once, the longest first" },
	{ "1s1h", 4, "\"1s1h\" is not a duration: found \"h\", "
	  "expected each unit once, the longest first" },
	{ "P1D1M", 5, "\"P1D1M\" is not a duration: found \"M\", "
	  "expected each unit once, the longest first" },
	{ "PT1.5H30M", 7, "\"PT1.5H30M\" is not a duration: found \"30M\", "
	  "expected nothing behind a number with a fraction" },
	{ "PT1.S", 5, "\"PT1.S\" is not a duration: found \"S\", "
	  "expected digits behind the point" },
	{ "PT.5S", 3, "\"PT.5S\" is not a duration: found \".5S\", expected a number" },
	{ "P1D T1H", 4, "\"P1D T1H\" is not a duration: found \" T1H\", expected a number" },
	{ "PTT1H", 3, "\"PTT1H\" is not a duration: found \"T1H\", expected a number" },
	{ "1h30", 5, "\"1h30\" is not a duration: found the end, "
	  "expected a unit: y, mo, w, d, h, min or s" },
	{ "1:30", 2, "\"1:30\" is not a duration: found \":30\", "
	  "expected a unit: y, mo, w, d, h, min or s" },
	{ "10001y", 1, "\"10001y\" is not a duration, expected less than 10000 years" },
	{ "P10000YT0.000001S", 9, "\"P10000YT0.000001S\" is not a duration: "
	  "found \"0.000001S\", expected less than 10000 years" },
	{ "18446744073709551615y", 1, "\"18446744073709551615y\" is not a duration, "
	  "expected less than 10000 years" },
	{ "18446744073709551616us", 1, "\"18446744073709551616us\" is not a duration: "
	  "found \"18446744073709551616\", expected a smaller number" },
	{ "5\xc2\xb5s", 2, "\"5\xc2\xb5s\" is not a duration: found \"\xc2\xb5s\", "
	  "expected a unit: y, mo, w, d, h, min or s" },
};

static void test_duration_parse(void)
{
	run_good(duration_parse, good_durations, N(good_durations));
	run_bad(duration_parse, bad_durations, N(bad_durations));
}

static void test_duration_format(void)
{
	static const struct good good[] = {
		{ "PT0S", 0 }, { "PT1H30M", 90 * MINUTE_US }, { "P1D", DAY_US },
		{ "P1DT12H", 36 * HOUR_US }, { "PT0.5S", SECOND_US / 2 }, { "PT0.000001S", 1 },
		{ "PT0.00001S", 10 }, { "PT1M", MINUTE_US }, { "PT1H5S", HOUR_US + 5 * SECOND_US },
		{ "P7D", 7 * DAY_US }, { "P365D", 365 * DAY_US }, { "PT59.999999S", MINUTE_US - 1 },
		{ "P1DT1S", DAY_US + SECOND_US }, { "P1DT1M", DAY_US + MINUTE_US },
		{ "PT23H59M59.999999S", DAY_US - 1 }, { "-PT5M", -5 * MINUTE_US },
		{ "-P1D", -DAY_US }, { "P3650000D", DURATION_MAX },
		{ "-P106751991DT4H54.775808S", INT64_MIN },
	};
	uint64_t v;
	struct buf b = BUF_INIT;
	int64_t us, back;
	int wrong = 0;

	for (size_t i = 0; i < N(good); i++)
		is_str(text(duration_format, good[i].us), good[i].text, "%s", good[i].text);
	for (int i = 0; i < 200000; i++) {
		v = chance(UINT64_MAX);
		us = (int64_t)((v >> (v & 63)) % (uint64_t)DURATION_MAX);
		us = i % 3 ? us : us / MINUTE_US * MINUTE_US;
		buf_reset(&b);
		duration_format(us, &b);
		wrong += duration_parse(b.s, b.len, &back, NULL) != 0 || back != us;
	}
	is_int(wrong, 0, "200,000 durations are read as they were written");
	buf_free(&b);
}

static void test_interval_good(void)
{
	static const struct {
		const char *text;
		int64_t     from, to;
	} good[] = {
		/* The ExecutionPlanner text. */
		{ "2023-09-14T11:30Z", T1130, T1130 },
		{ "2023-09-14T11:30Z/T12:00Z", T1130, T1130 + 30 * MINUTE_US },
		{ "2023-09-14T11:30Z/PT30M", T1130, T1130 + 30 * MINUTE_US },
		{ "2023-09-14T22:00Z/PT1H", MIDNIGHT + 22 * HOUR_US, MIDNIGHT + 23 * HOUR_US },
		{ "2023-09-14/P1D", MIDNIGHT, MIDNIGHT + DAY_US },
		/* Whole ends. */
		{ "2023-09-14", MIDNIGHT, MIDNIGHT },
		{ "2023-09-14T11:30Z/2023-09-14T12:00Z", T1130, T1130 + 30 * MINUTE_US },
		{ "2023-09-14T11:30Z/2023-09-15", T1130, MIDNIGHT + DAY_US },
		{ "20230914T1130Z/20230915T1130Z", T1130, T1130 + DAY_US },
		{ "2023-09-14/2023-09-15T12:00", MIDNIGHT, MIDNIGHT + 36 * HOUR_US },
		{ "2023-09-14T11:30Z/2023-09-14T11:30Z", T1130, T1130 },
		{ "2023-09-14T11:30Z/2023-09-14T14:00+02:00", T1130, T1130 + 30 * MINUTE_US },
		/* Ends that leave out what the start says. */
		{ "2023-09-14T11:30Z/T12:00", T1130, T1130 + 30 * MINUTE_US },
		{ "2023-09-14T11:30Z/12:00Z", T1130, T1130 + 30 * MINUTE_US },
		{ "2023-09-14T11:30Z/12:00:30.5", T1130, T1130 + 30 * MINUTE_US + 30500000 },
		{ "2023-09-14T11:30Z/T12Z", T1130, T1130 + 30 * MINUTE_US },
		{ "2023-09-14T11:30Z/T24:00Z", T1130, MIDNIGHT + DAY_US },
		{ "2023-09-14T11:30Z/T11:30Z", T1130, T1130 },
		{ "2023-09-14/T12:00Z", MIDNIGHT, MIDNIGHT + 12 * HOUR_US },
		{ "2023-09-14/15", MIDNIGHT, MIDNIGHT + DAY_US },
		{ "2023-09-14/10-01", MIDNIGHT, MIDNIGHT + 17 * DAY_US },
		{ "2023-09-14T11:30Z/15T11:30Z", T1130, T1130 + DAY_US },
		{ "2023-09-14T11:30Z/10-01T11:30", T1130, T1130 + 17 * DAY_US },
		/* The zone is part of what may be left out. */
		{ "2023-09-14T13:30+02:00/T14:00", T1130, T1130 + 30 * MINUTE_US },
		{ "2023-09-14T13:30+02:00/T12:00Z", T1130, T1130 + 30 * MINUTE_US },
		{ "2023-09-14T13:30+02:00/15T13:30", T1130, T1130 + DAY_US },
		{ "2023-09-14T13:30+02:00/2023-09-14T14:00", T1130, T1130 + 30 * MINUTE_US },
		{ "2023-09-14T13:30+02:00/2023-09-15", T1130, MIDNIGHT + DAY_US },
		/* Durations, in all spellings. */
		{ "2023-09-14T11:30Z/P1H", T1130, T1130 + HOUR_US },
		{ "2023-09-14T11:30Z/1H", T1130, T1130 + HOUR_US },
		{ "2023-09-14T11:30Z/90min", T1130, T1130 + 90 * MINUTE_US },
		{ "2023-09-14T11:30Z/PT0S", T1130, T1130 },
		{ "PT1H/2023-09-14T11:30Z", T1130 - HOUR_US, T1130 },
		{ "1h/2023-09-14T11:30Z", T1130 - HOUR_US, T1130 },
		{ "P1D/2023-09-15", MIDNIGHT, MIDNIGHT + DAY_US },
		{ "PT1S/1970-01-01T00:00:01Z", 0, SECOND_US },
		{ "2026-12-01T08:00Z/PT12H", INT64_C(1796112000) * SECOND_US,
		  INT64_C(1796155200) * SECOND_US },
	};

	for (size_t i = 0; i < N(good); i++) {
		struct interval v = { -1, -1 };
		struct diag d = DIAG_INIT;

		interval_parse(exact(good[i].text), strlen(good[i].text), &v, &d);
		is_str(d.text, "", "%s", good[i].text);
		is_int(v.from, good[i].from, "from");
		is_int(v.to, good[i].to, "to");
	}
}

static void test_interval_bad(void)
{
	static const struct bad bad[] = {
		{ "R5/2023-09-14T11:30Z/PT1H", 1, "\"R5/2023-09-14T11:30Z/PT1H\" is not a start "
		  "interval: repetitions (R.../) are not taken" },
		{ "R/PT1H", 1, "\"R/PT1H\" is not a start interval: "
		  "repetitions (R.../) are not taken" },
		{ "PT1H", 1, "\"PT1H\" is not a start interval: a duration alone does not say when" },
		{ "1H", 1, "\"1H\" is not a start interval: a duration alone does not say when" },
		{ "PT1H/PT2H", 6, "\"PT1H/PT2H\" is not a start interval: found \"PT2H\", "
		  "expected an end behind a duration" },
		{ "2023-09-14/P1D/P1D", 1, "\"2023-09-14/P1D/P1D\" is not a start interval, "
		  "expected START, START/END, START/DURATION or DURATION/END" },
		{ "", 1, "\"\" is not a start interval: found the end, "
		  "expected a year from 1970 to 9999" },
		{ "/", 1, "\"/\" is not a start interval, expected a year from 1970 to 9999" },
		{ "/PT1H", 1, "\"/PT1H\" is not a start interval, "
		  "expected a year from 1970 to 9999" },
		{ "2023-09-14/", 12, "\"2023-09-14/\" is not a start interval: found the end, "
		  "expected a year from 1970 to 9999" },
		{ "PT1H/", 6, "\"PT1H/\" is not a start interval: found the end, "
		  "expected a year from 1970 to 9999" },
		{ "T11:30Z", 1, "\"T11:30Z\" is not a start interval: found \"T\", "
		  "expected a year from 1970 to 9999" },
		{ "2023-09-14T11:30Z/T11:00Z", 19, "\"2023-09-14T11:30Z/T11:00Z\" is not a start "
		  "interval: found \"T11:00Z\", expected an end that is not before the start" },
		{ "2023-09-14T23:00Z/T01:00Z", 19, "\"2023-09-14T23:00Z/T01:00Z\" is not a start "
		  "interval: found \"T01:00Z\", expected an end that is not before the start" },
		{ "2023-09-14/13", 12, "\"2023-09-14/13\" is not a start interval: "
		  "found \"13\", expected an end that is not before the start" },
		{ "2023-09-14T11:30Z/2023-09-14", 19, "\"2023-09-14T11:30Z/2023-09-14\" is not a "
		  "start interval: found \"2023-09-14\", expected an end that is not before the start" },
		{ "2023-09-14T11:30Z/15", 21, "\"2023-09-14T11:30Z/15\" is not a start interval: "
		  "found the end, expected a time as well, since the start has one" },
		{ "2023-09-14/31", 12, "\"2023-09-14/31\" is not a start interval: found \"31\", "
		  "expected a day from 01 to 30 (of 2023-09)" },
		{ "2023-09-14/02-29", 15, "\"2023-09-14/02-29\" is not a start interval: "
		  "found \"29\", expected a day from 01 to 28 (of 2023-02)" },
		{ "2023-09-14T11:30Z/T25:00Z", 20, "\"2023-09-14T11:30Z/T25:00Z\" is not a start "
		  "interval: found \"25\", expected an hour from 00 to 24" },
		{ "2023-09-14T11:30Z/T12:00X", 25, "\"2023-09-14T11:30Z/T12:00X\" is not a start "
		  "interval: found \"X\", expected more of the time, Z, an offset such as +01:00, "
		  "or the end" },
		{ "2023-09-14T11:60Z/PT1H", 15, "\"2023-09-14T11:60Z/PT1H\" is not a start "
		  "interval: found \"60\", expected minutes from 00 to 59" },
		{ "2023-09-14T11:30/soon", 18, "\"2023-09-14T11:30/soon\" is not a start interval: "
		  "found \"s\", expected a year from 1970 to 9999" },
		{ "2023-09-14T11:30Z/PT1X", 22, "\"PT1X\" is not a duration: found \"X\", "
		  "expected a unit: Y, M, W, D, H, M or S" },
		{ "PT1X/2023-09-14T11:30Z", 4, "\"PT1X\" is not a duration: found \"X\", "
		  "expected a unit: Y, M, W, D, H, M or S" },
		{ "9999-12-31/P1D", 12, "\"9999-12-31/P1D\" is not a start interval: "
		  "found \"P1D\", expected an end within 1970 to 9999" },
		{ "P1D/1970-01-01", 1, "\"P1D/1970-01-01\" is not a start interval: "
		  "found \"P1D\", expected a start within 1970 to 9999" },
		{ "2023-09-14--2023-09-15", 11, "\"2023-09-14--2023-09-15\" is not a start interval: "
		  "found \"--2023-09-15\", expected T and a time such as T11:30Z, or the end" },
	};

	for (size_t i = 0; i < N(bad); i++) {
		struct interval v = { -7, -7 };
		struct diag d = DIAG_INIT;

		is_int(interval_parse(exact(bad[i].text), strlen(bad[i].text), &v, &d), -1, "bad: %s",
		       bad[i].text);
		is_str(d.text, bad[i].says, "its message");
		is_int(d.col, bad[i].col, "its column");
		ok(v.from == -7 && v.to == -7, "the value is as before");
	}
	is_int(interval_parse("2023-09-14/PT1X", 15, &(struct interval){ 0, 0 }, NULL), -1,
	       "a NULL diag is allowed");
}

static void test_interval_format(void)
{
	struct interval i = { T1130, T1130 + 30 * MINUTE_US }, back;
	struct buf b = BUF_INIT;

	interval_format(&i, &b);
	is_str(b.s, "2023-09-14T11:30:00.000Z/2023-09-14T12:00:00.000Z", "two ends");
	is_int(interval_parse(b.s, b.len, &back, NULL), 0, "is read");
	ok(back.from == i.from && back.to == i.to, "as it was");
	buf_reset(&b);
	i.to = i.from;
	interval_format(&i, &b);
	is_str(b.s, "2023-09-14T11:30:00.000Z", "an instant");
	buf_free(&b);
}

int main(void)
{
	test_instant_parse();
	test_instant_format();
	test_calendar();
	test_duration_parse();
	test_duration_format();
	test_interval_good();
	test_interval_bad();
	test_interval_format();
	return done();
}
