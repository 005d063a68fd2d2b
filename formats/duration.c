/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of instant.h that is about durations. */
#include "instant.h"

#include <inttypes.h>
#include <string.h>

#include "scan.h"

/* In descending order of length; a duration has each once, in this order. */
enum rank { NONE, YEARS, MONTHS, WEEKS, DAYS, HOURS, MINUTES, SECONDS, MILLIS, MICROS };

static const uint64_t lengths[] = {
	[YEARS] = 365 * DAY_US, [MONTHS] = 30 * DAY_US, [WEEKS] = 7 * DAY_US, [DAYS] = DAY_US,
	[HOURS] = HOUR_US, [MINUTES] = MINUTE_US, [SECONDS] = SECOND_US, [MILLIS] = 1000,
	[MICROS] = 1,
};

/* What M means depends on what stands before it: see resolve_m(). */
static const struct {
	const char *word;
	enum rank   rank;
} units[] = {
	{ "y", YEARS }, { "yr", YEARS }, { "yrs", YEARS }, { "year", YEARS }, { "years", YEARS },
	{ "mo", MONTHS }, { "month", MONTHS }, { "months", MONTHS },
	{ "w", WEEKS }, { "wk", WEEKS }, { "wks", WEEKS }, { "week", WEEKS }, { "weeks", WEEKS },
	{ "d", DAYS }, { "day", DAYS }, { "days", DAYS },
	{ "h", HOURS }, { "hr", HOURS }, { "hrs", HOURS }, { "hour", HOURS }, { "hours", HOURS },
	{ "min", MINUTES }, { "mins", MINUTES }, { "minute", MINUTES }, { "minutes", MINUTES },
	{ "s", SECONDS }, { "sec", SECONDS }, { "secs", SECONDS }, { "second", SECONDS },
	{ "seconds", SECONDS },
	{ "ms", MILLIS }, { "us", MICROS },
};

/* How far parsing has come. */
struct progress {
	bool      p, t;		/* there was a P, a T */
	bool      fraction;	/* the last number had one */
	enum rank last;
};

/* The length of the word at the cursor; T ends one, since none has a t behind its first letter
 * but "month": PT1H and 1DT12H. */
static size_t word_length(const struct scan *sc)
{
	size_t n = 0;

	for (char c; (c = scan_peek(sc, n)) >= 'a' && c <= 'z'; n++)
		if (c == 't' && n && (scan_peek(sc, n + 1) < 'a' || scan_peek(sc, n + 1) > 'z'))
			break;
	return n;
}

static enum rank find_unit(const struct scan *sc, size_t n)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		size_t k = 0;

		while (k < n && scan_peek(sc, k) == units[i].word[k])
			k++;
		if (k == n && !units[i].word[k])
			return units[i].rank;
	}
	return NONE;
}

/* ISO has months before the T and minutes behind it; an H says as much as a T. */
static enum rank resolve_m(const struct progress *p)
{
	if (p->t || p->last == HOURS)
		return MINUTES;
	return p->p ? MONTHS : NONE;
}

static int scan_rank(struct scan *sc, struct progress *p)
{
	size_t n = word_length(sc), from = sc->at;
	enum rank rank;

	if (n == 1 && scan_peek(sc, 0) == 'm') {
		rank = resolve_m(p);
		if (rank == NONE)
			return scan_fail(sc, from, from + 1, "min for minutes or mo for months");
	} else {
		rank = n ? find_unit(sc, n) : NONE;
	}
	if (rank == NONE)
		return scan_fail(sc, from, from + n, p->p ? "a unit: Y, M, W, D, H, M or S" :
				 "a unit: y, mo, w, d, h, min or s");
	if (p->t && rank < HOURS)
		return scan_fail(sc, from, from + n, "hours, minutes or seconds behind the T");
	if (rank <= p->last)
		return scan_fail(sc, from, from + n, "each unit once, the longest first");
	p->last = rank;
	sc->at += n;
	return 0;
}

/* One number with its unit, added to *sum. */
static int scan_term(struct scan *sc, struct progress *p, uint64_t *sum)
{
	size_t from = sc->at;
	struct decimal n;
	uint64_t us;

	if (p->fraction)
		return scan_fail_here(sc, "nothing behind a number with a fraction");
	if (scan_decimal(sc, true, &n))
		return -1;
	if (!p->p)
		scan_blanks(sc);
	if (scan_rank(sc, p))
		return -1;
	p->fraction = n.fraction;
	if (!decimal_times(&n, lengths[p->last], DURATION_MAX - *sum, &us))
		return scan_fail(sc, from, sc->at, "less than 10000 years");
	*sum += us;
	if (!p->p)
		scan_blanks(sc);
	return 0;
}

int duration_parse(const char *s, size_t len, int64_t *us, struct diag *d)
{
	struct scan sc = { .s = s, .len = len, .end = len, .what = "a duration", .d = d };
	struct progress p = { 0 };
	uint64_t sum = 0;

	if (len == 1 && *s == '0') {
		*us = 0;
		return 0;
	}
	if (scan_peek(&sc, 0) == '-')
		return scan_fail_here(&sc, "one that is not negative");
	p.p = scan_eat(&sc, 'p');
	do {
		if (!p.t)
			p.t = scan_eat(&sc, 't');
		if (scan_term(&sc, &p, &sum))
			return -1;
	} while (!scan_at_end(&sc));
	*us = (int64_t)sum;
	return 0;
}

static void add_seconds(uint64_t us, struct buf *out)
{
	uint64_t part = us % SECOND_US;
	int width = 6;

	buf_addf(out, "%" PRIu64, us / SECOND_US);
	if (part) {
		for (; part % 10 == 0; part /= 10)
			width--;
		buf_addf(out, ".%0*" PRIu64, width, part);
	}
	buf_addc(out, 'S');
}

void duration_format(int64_t us, struct buf *out)
{
	uint64_t rest = us < 0 ? -(uint64_t)us : (uint64_t)us;
	uint64_t days = rest / DAY_US;

	buf_adds(out, us < 0 ? "-P" : "P");
	if (days)
		buf_addf(out, "%" PRIu64 "D", days);
	rest %= DAY_US;
	if (days && !rest)
		return;
	buf_addc(out, 'T');
	if (rest >= HOUR_US)
		buf_addf(out, "%" PRIu64 "H", rest / HOUR_US);
	if (rest % HOUR_US >= MINUTE_US)
		buf_addf(out, "%" PRIu64 "M", rest % HOUR_US / MINUTE_US);
	if (rest % MINUTE_US || !rest)
		add_seconds(rest % MINUTE_US, out);
}
