/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * instant - points in time, durations and intervals, as ISO 8601 writes them.
 *
 * All are whole microseconds in an int64_t: enough for 1970 to 9999 with room
 * to add and subtract any two of them without overflow, exact for every
 * system clock that matters, and (unlike nanoseconds) good for eight thousand
 * years.
 *
 * All parsers take len bytes at s, and return 0, or -1 with *d filled: the
 * column is where in s it went wrong, the line is 0 (callers shift both), and
 * *out is as it was.
 */
#ifndef FORMATS_INSTANT_H
#define FORMATS_INSTANT_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"

typedef int64_t instant_t;	/* microseconds since 1970-01-01T00:00:00Z, leap seconds not counted */

#define SECOND_US   INT64_C(1000000)
#define MINUTE_US   (60 * SECOND_US)
#define HOUR_US     (60 * MINUTE_US)
#define DAY_US      (24 * HOUR_US)

#define INSTANT_MAX  INT64_C(253402300799999999)	/* the last of the year 9999 */
#define DURATION_MAX (INT64_C(3650000) * DAY_US)	/* 10,000 nominal years */

/* Now, by the system's clock; it may step back. */
instant_t instant_now(void);
/* Microseconds since the machine was started, its sleep included.  Never steps:
 * for ages inside one process, of what goes on while the machine sleeps. */
int64_t instant_ticks(void);
/* Microseconds while the machine was awake (its sleep is not counted, in which
 * nothing of ours moves either): for how long we took, and for when to do next
 * what poll(2) waits for, which stands still in that sleep too.  Never steps,
 * and says nothing to another process, nor beside instant_ticks(). */
int64_t instant_steady(void);
int64_t instant_steady_ms(void);

/*
 * 2023-09-14T11:30Z, 2023-09-14T11:30:05.123Z, 2023-09-14T13:30+02:00,
 * 2023-09-14 (midnight), 20230914T1130Z.  1970 to 9999.  Without a zone it is
 * UTC.  T may be t or a blank, Z may be z; the minutes may be left out, 24:00
 * is the next midnight.  Digits beyond microseconds are dropped.
 */
int instant_parse(const char *s, size_t len, instant_t *out, struct diag *d);

/* Append "2023-09-14T11:30:05.123Z": always 24 characters, UTC, sorting by
 * text as by time.  Microseconds are dropped; what lies outside of 1970 to
 * 9999 is written as the nearest of these. */
enum { INSTANT_TEXT = 24 };
void instant_format(instant_t t, struct buf *out);

/*
 * ISO 8601: PT1H30M, P1D, P1DT12H, P2W, PT0.5S.  Months and years have a
 * nominal length, of 30 and of 365 days; a day is always 24 hours.
 *
 * As the ExecutionPlanner text has it, also without the T: P1H, P2H (after an
 * H, or after the T, M is minutes, otherwise months), and without the P: 1H,
 * 1D.  In any case of letters.  As people have it: 90s, 15min, 2h, 1d12h,
 * "2 hours", 500ms.  Without P and T, an M that follows no H could be minutes
 * or months, and is refused; a number without a unit too, except 0.
 *
 * Units come in descending order, each once; only the last number may have a
 * fraction.  0 to DURATION_MAX.
 */
int duration_parse(const char *s, size_t len, int64_t *us, struct diag *d);

/* Append as ISO 8601, with days, hours, minutes, seconds: P1DT12H, PT1H30M,
 * PT0.5S, PT0S.  duration_parse() gives back the same number, unless it is
 * negative: -PT5M is for people. */
void duration_format(int64_t us, struct buf *out);

/* from <= to; both ends belong to it.  An instant alone is [t, t]. */
struct interval {
	instant_t from, to;
};

/*
 * When a job may start, as "level 4" of the ExecutionPlanner text defines it:
 *
 *	START			2023-09-14T11:30Z
 *	START/END		2023-09-14T11:30Z/2023-09-14T12:00Z
 *	START/DURATION		2023-09-14T22:00Z/PT1H    2023-09-14/P1D
 *	DURATION/END		PT1H/2023-09-14T23:00Z
 *
 * END may leave out what it shares with START, from the left: T12:00Z or
 * 12:00, 15T12:00Z, 10-01T12:00Z; for a START without time: 15, 10-01.  It
 * then has START's zone, if it names none.  A date is its midnight.  An END
 * before START is an error, never "tomorrow".  A duration alone and
 * repetitions (R5/...) are refused.
 */
int interval_parse(const char *s, size_t len, struct interval *out, struct diag *d);

/* Append "FROM/TO", or one instant when they are the same. */
void interval_format(const struct interval *i, struct buf *out);

#endif
