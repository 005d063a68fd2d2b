/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of instant.h that is about intervals. */
#include "instant.h"

#include <string.h>

#include "scan.h"
#include "stamp.h"

static const char forms[] = "START, START/END, START/DURATION or DURATION/END";

/* "15" is no duration, for want of a unit; nothing else could be both. */
static bool is_duration(const struct scan *sc)
{
	int64_t us;

	return scan_peek(sc, 0) == 'p' ||
	       !duration_parse(sc->s + sc->at, sc->end - sc->at, &us, NULL);
}

/* The message is about the duration alone; only its place is told anew. */
static int scan_duration(const struct scan *sc, int64_t *us)
{
	int rc = duration_parse(sc->s + sc->at, sc->end - sc->at, us, sc->d);

	if (rc && sc->d)
		sc->d->col += (int)sc->at;
	return rc;
}

static int scan_start(struct scan *sc, struct stamp *st, instant_t *out)
{
	size_t from = sc->at;

	if (stamp_date(sc, st) || stamp_rest(sc, st))
		return -1;
	return stamp_instant(sc, from, st, out);
}

/* st holds what START has; what is written here replaces it. */
static int scan_end(struct scan *sc, struct stamp *st, instant_t *out)
{
	size_t from = sc->at, n = scan_count_digits(sc);
	bool timed = st->timed;
	int rc;

	st->timed = false;
	if (scan_peek(sc, 0) == 't' || (n == 2 && scan_peek(sc, 2) == ':')) {
		scan_eat(sc, 't');
		rc = stamp_time(sc, st);
	} else {
		st->us = 0;
		if (n != 2)
			rc = stamp_date(sc, st);
		else if (scan_peek(sc, 2) == '-')
			rc = stamp_month_day(sc, st);
		else
			rc = stamp_day(sc, st);
	}
	if (rc || stamp_rest(sc, st))
		return -1;
	if (n == 2 && timed && !st->timed)
		return scan_fail_here(sc, "a time as well, since the start has one");
	/* A whole date alone is midnight UTC, as it would be in any other place. */
	if (!st->timed && n != 2)
		st->zone = 0;
	return stamp_instant(sc, from, st, out);
}

/* Behind the slash: an end or a duration. */
static int scan_second(struct scan *sc, struct stamp *st, struct interval *i)
{
	size_t from = sc->at;
	int64_t us;

	if (!is_duration(sc)) {
		if (scan_end(sc, st, &i->to))
			return -1;
		if (i->to < i->from)
			return scan_fail(sc, from, sc->end, "an end that is not before the start");
		return 0;
	}
	if (scan_duration(sc, &us))
		return -1;
	i->to = i->from + us;
	if (i->to > INSTANT_MAX)
		return scan_fail(sc, from, sc->end, "an end within 1970 to 9999");
	return 0;
}

static int scan_backwards(struct scan *first, struct scan *second, struct interval *i)
{
	struct stamp st = { 0 };
	int64_t us;

	if (is_duration(second))
		return scan_fail(second, second->at, second->end, "an end behind a duration");
	if (scan_duration(first, &us) || scan_start(second, &st, &i->to))
		return -1;
	i->from = i->to - us;
	if (i->from < 0)
		return scan_fail(first, 0, first->end, "a start within 1970 to 9999");
	return 0;
}

int interval_parse(const char *s, size_t len, struct interval *out, struct diag *d)
{
	struct scan first = { .s = s, .len = len, .end = len, .what = "a start interval", .d = d };
	const char *slash = len ? memchr(s, '/', len) : NULL;
	struct scan second = first;
	struct stamp st = { 0 };
	struct interval i;

	if (scan_peek(&first, 0) == 'r')
		return scan_refuse(&first, 0, "repetitions (R.../) are not taken");
	if (slash) {
		first.end = (size_t)(slash - s);
		second.at = first.end + 1;
	}
	if (slash && memchr(slash + 1, '/', len - second.at))
		return scan_fail(&first, 0, len, forms);
	if (is_duration(&first)) {
		if (!slash)
			return scan_refuse(&first, 0, "a duration alone does not say when");
		if (scan_backwards(&first, &second, &i))
			return -1;
	} else {
		if (scan_start(&first, &st, &i.from))
			return -1;
		i.to = i.from;
		if (slash && scan_second(&second, &st, &i))
			return -1;
	}
	*out = i;
	return 0;
}

void interval_format(const struct interval *i, struct buf *out)
{
	instant_format(i->from, out);
	if (i->to == i->from)
		return;
	buf_addc(out, '/');
	instant_format(i->to, out);
}
