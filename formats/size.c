/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "size.h"

#include <inttypes.h>
#include <string.h>

#include "scan.h"

static const char prefixes[] = "KMGTPE";

/* 1000^n or 1024^n; n <= 6 fits. */
static uint64_t power(bool binary, size_t n)
{
	uint64_t v = 1;

	while (n--)
		v *= binary ? 1024 : 1000;
	return v;
}

static bool scan_word(struct scan *sc, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < n; i++)
		if (scan_peek(sc, i) != word[i])
			return false;
	sc->at += n;
	return true;
}

/* [prefix [i]] [b | byte | bytes], blanks before each; the value of the unit. */
static int scan_unit(struct scan *sc, uint64_t *unit)
{
	size_t from;
	bool prefixed = false;

	*unit = 1;
	scan_blanks(sc);
	from = sc->at;
	for (size_t i = 0; prefixes[i] && !prefixed; i++)
		if (scan_eat(sc, prefixes[i] - 'A' + 'a')) {
			prefixed = true;
			*unit = power(scan_eat(sc, 'i'), i + 1);
		}
	scan_blanks(sc);
	if (!scan_word(sc, "bytes") && !scan_word(sc, "byte"))
		scan_eat(sc, 'b');
	if (scan_at_end(sc))
		return 0;
	return scan_fail(sc, from, sc->len, "a unit: B, kB, MB, GB, TB, PB, EB, or KiB, MiB, "
			 "GiB, TiB, PiB, EiB");
}

int size_parse(const char *s, size_t len, uint64_t *bytes, struct diag *d)
{
	struct scan sc = { .s = s, .len = len, .end = len, .what = "a size", .d = d };
	struct decimal n;
	uint64_t unit;

	if (scan_decimal(&sc, false, &n) || scan_unit(&sc, &unit))
		return -1;
	if (n.part && unit == 1)
		return scan_fail(&sc, 0, len, "a whole number of bytes");
	if (!decimal_times(&n, unit, UINT64_MAX, bytes))
		return scan_fail(&sc, 0, len, "less than 16EiB");
	return 0;
}

void size_format(uint64_t bytes, struct buf *out)
{
	uint64_t unit, best = 1;
	const char *i = "", *b = "";
	char prefix = 0;

	for (size_t n = strlen(prefixes); bytes && n; n--)
		for (int binary = 1; binary >= 0; binary--) {
			unit = power(binary, n);
			if (bytes % unit || unit <= best)
				continue;
			best = unit;
			prefix = prefixes[n - 1];
			i = binary ? "i" : "";
			b = "B";
		}
	/* SI has a small k, and only there. */
	if (prefix == 'K' && !*i)
		prefix = 'k';
	buf_addu(out, bytes / best);
	buf_add(out, &prefix, prefix != 0);
	buf_adds(out, i);
	buf_adds(out, b);
}

/* Tenths of the unit, to the nearest, without overflow. */
static uint64_t tenths(uint64_t bytes, uint64_t unit)
{
	return bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
}

void size_human(uint64_t bytes, struct buf *out)
{
	uint64_t unit, t;
	size_t n = 0;

	if (bytes < 1024) {
		buf_addf(out, "%" PRIu64 "B", bytes);
		return;
	}
	/* 1023.96KiB would be shown as 1024.0KiB, so it is 1.0MiB. */
	while (prefixes[n + 1] && tenths(bytes, power(true, n + 1)) >= 10240)
		n++;
	unit = power(true, n + 1);
	t = tenths(bytes, unit);
	if (bytes % unit == 0 || t >= 1000)
		buf_addf(out, "%" PRIu64, (t + 5) / 10);
	else
		buf_addf(out, "%" PRIu64 ".%" PRIu64, t / 10, t % 10);
	buf_addf(out, "%ciB", prefixes[n]);
}
