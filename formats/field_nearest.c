/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "field.h"

/* No field or choice is longer; a longer word is not a slip of the pen. */
#define LONGEST 40

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a
 * into b, with three rows of the table in hand. */
static unsigned distance(const char *a, size_t an, const char *b, size_t bn)
{
	unsigned rows[3][LONGEST + 1];

	for (size_t j = 0; j <= bn; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++) {
		unsigned *now = rows[i % 3], *before = rows[(i + 2) % 3];
		const unsigned *two = rows[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= bn; j++) {
			bool eq = same(a[i - 1], b[j - 1]);

			now[j] = least(least(before[j], now[j - 1]) + 1, before[j - 1] + !eq);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				now[j] = least(now[j], two[j - 2] + 1);
		}
	}
	return rows[an % 3][bn];
}

const char *field_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word);
	const char *best = NULL;
	unsigned nearest = LONGEST;

	if (!len || len > LONGEST)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t clen = strlen(candidates[i]);
		unsigned d;

		if (!clen || clen > LONGEST)
			continue;
		d = distance(word, len, candidates[i], clen);
		if (d <= (len > clen ? len : clen) / 3 && d < nearest) {
			nearest = d;
			best = candidates[i];
		}
	}
	return best;
}
