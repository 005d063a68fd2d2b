/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan - a cursor for the parsers of short texts (sizes, times, ids).
 *
 *	struct scan sc = { .s = s, .len = len, .end = len, .what = "a size", .d = d };
 *
 * It never looks at or behind `end`, so the text needs no NUL, and a part of
 * it can be parsed with messages and columns that are about the whole.
 */
#ifndef FORMATS_SCAN_H
#define FORMATS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"

struct scan {
	const char  *s;
	size_t       len;	/* of the whole, as messages show it */
	size_t       end;	/* of what is being parsed, <= len */
	size_t       at;	/* <= end */
	const char  *what;	/* what the whole should be: "a size" */
	struct diag *d;
};

/* The character n behind the cursor, in lower case; 0: there is none. */
char scan_peek(const struct scan *sc, size_t n);
bool scan_at_end(const struct scan *sc);
/* Step over c (lower case stands for both cases) if it is next. */
bool scan_eat(struct scan *sc, char c);
void scan_blanks(struct scan *sc);
/* How many digits are next. */
size_t scan_count_digits(const struct scan *sc);
/* Exactly n digits (n <= 9) of a number from least to most; else -1 and "expected WANTED". */
int scan_number(struct scan *sc, int n, int least, int most, int *out, const char *wanted);

/*
 * A decimal number at the cursor: digits, and perhaps '.' or (comma set) ','
 * and digits.  Fails for what does not fit in 64 bits.
 */
struct decimal {
	uint64_t whole;
	uint64_t part;		/* of `of`: 0.25 is 25 of 100; digits beyond 18 are dropped */
	uint64_t of;
	bool     fraction;	/* there was a point */
};
int scan_decimal(struct scan *sc, bool comma, struct decimal *out);
/* The number times unit, rounded down.  False: more than most. */
bool decimal_times(const struct decimal *n, uint64_t unit, uint64_t most, uint64_t *out);

/*
 * Fill the diagnosis: "TEXT" is not WHAT: found "PART", expected WANTED.  The
 * part is the bytes from..to (none: all that follows; "the end"), the column
 * is its first.  A part that is the whole is not told twice.  Returns -1.
 */
int scan_fail(const struct scan *sc, size_t from, size_t to, const char *wanted);
int scan_fail_here(const struct scan *sc, const char *wanted);
/* "TEXT" is not WHAT: WHY, at column from + 1. */
int scan_refuse(const struct scan *sc, size_t from, const char *why);

/* Quote n bytes for a message: at most 40, what is not printable as '?'. */
enum { SCAN_QUOTED = 48 };
const char *scan_quote(char out[SCAN_QUOTED], const char *s, size_t n);

#endif
