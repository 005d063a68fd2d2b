/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

/* For whole * unit + part * unit / of, of which each factor may have 64 bits. */
__extension__ typedef unsigned __int128 wide;

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

char scan_peek(const struct scan *sc, size_t n)
{
	char c;

	if (n >= sc->end - sc->at)
		return 0;
	c = sc->s[sc->at + n];
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool scan_at_end(const struct scan *sc)
{
	return sc->at == sc->end;
}

bool scan_eat(struct scan *sc, char c)
{
	if (scan_at_end(sc) || scan_peek(sc, 0) != c)
		return false;
	sc->at++;
	return true;
}

void scan_blanks(struct scan *sc)
{
	while (scan_eat(sc, ' ') || scan_eat(sc, '\t'))
		;
}

size_t scan_count_digits(const struct scan *sc)
{
	size_t n = 0;

	while (is_digit(scan_peek(sc, n)))
		n++;
	return n;
}

int scan_number(struct scan *sc, int n, int least, int most, int *out, const char *wanted)
{
	size_t from = sc->at;
	int v = 0;

	for (int i = 0; i < n; i++) {
		char c = scan_peek(sc, (size_t)i);

		if (!is_digit(c))
			return scan_fail(sc, from, from + (size_t)i + (c != 0), wanted);
		v = v * 10 + (c - '0');
	}
	if (v < least || v > most)
		return scan_fail(sc, from, from + (size_t)n, wanted);
	sc->at += (size_t)n;
	*out = v;
	return 0;
}

static void scan_fraction(struct scan *sc, struct decimal *out)
{
	for (char c; is_digit(c = scan_peek(sc, 0)); sc->at++)
		if (out->of < UINT64_C(1000000000000000000)) {
			out->part = out->part * 10 + (uint64_t)(c - '0');
			out->of *= 10;
		}
}

int scan_decimal(struct scan *sc, bool comma, struct decimal *out)
{
	size_t from = sc->at, n = scan_count_digits(sc);

	*out = (struct decimal){ .of = 1 };
	if (!n)
		return scan_fail_here(sc, scan_peek(sc, 0) == '-' ?
				      "a number that is not negative" : "a number");
	for (; n; n--, sc->at++) {
		uint64_t digit = (uint64_t)(scan_peek(sc, 0) - '0');

		if (__builtin_mul_overflow(out->whole, 10, &out->whole) ||
		    __builtin_add_overflow(out->whole, digit, &out->whole))
			return scan_fail(sc, from, sc->at + n, "a smaller number");
	}
	if (!scan_eat(sc, '.') && !(comma && scan_eat(sc, ',')))
		return 0;
	if (!scan_count_digits(sc))
		return scan_fail_here(sc, "digits behind the point");
	out->fraction = true;
	scan_fraction(sc, out);
	return 0;
}

bool decimal_times(const struct decimal *n, uint64_t unit, uint64_t most, uint64_t *out)
{
	wide v = (wide)n->whole * unit + (wide)n->part * unit / n->of;

	if (v > most)
		return false;
	*out = (uint64_t)v;
	return true;
}

const char *scan_quote(char out[SCAN_QUOTED], const char *s, size_t n)
{
	size_t at = 0, used = 0, len;

	out[used++] = '"';
	while (at < n && used + 4 <= 1 + 40) {
		len = utf8_printable(s + at, n - at);
		if (len)
			memcpy(out + used, s + at, len);
		else
			out[used] = '?';
		used += len ? len : 1;
		at += len ? len : 1;
	}
	snprintf(out + used, SCAN_QUOTED - used, "%s", at < n ? "...\"" : "\"");
	return out;
}

int scan_fail(const struct scan *sc, size_t from, size_t to, const char *wanted)
{
	char whole[SCAN_QUOTED], part[SCAN_QUOTED];

	scan_quote(whole, sc->s, sc->len);
	if (from == to && to < sc->len)
		to = sc->len;
	if (from == 0 && to == sc->len && to)
		return diag_at(sc->d, 0, 1, "%s is not %s, expected %s", whole, sc->what, wanted);
	if (from == to)
		snprintf(part, sizeof part, "the end");
	else
		scan_quote(part, sc->s + from, to - from);
	return diag_at(sc->d, 0, (int)from + 1, "%s is not %s: found %s, expected %s", whole,
		       sc->what, part, wanted);
}

int scan_fail_here(const struct scan *sc, const char *wanted)
{
	return scan_fail(sc, sc->at, sc->at, wanted);
}

int scan_refuse(const struct scan *sc, size_t from, const char *why)
{
	char whole[SCAN_QUOTED];

	scan_quote(whole, sc->s, sc->len);
	return diag_at(sc->d, 0, (int)from + 1, "%s is not %s: %s", whole, sc->what, why);
}
