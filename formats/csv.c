/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "csv.h"

#include <string.h>

void csv_text(struct buf *b, const char *s)
{
	if (!strpbrk(s, ",\"\r\n")) {
		buf_adds(b, s);
		return;
	}
	buf_addc(b, '"');
	for (; *s; s++) {
		if (*s == '"')
			buf_addc(b, '"');
		buf_addc(b, *s == '\n' || *s == '\r' ? ' ' : *s);
	}
	buf_addc(b, '"');
}

/* From behind the opening quote; returns where the field ended in the source. */
static char *unquote(char *at, char *end, char **to)
{
	char *out = at;

	*to = at;
	while (at < end && !(*at == '"' && (at + 1 == end || at[1] != '"'))) {
		at += *at == '"';
		*out++ = *at++;
	}
	if (at < end)
		at++;
	*out = '\0';
	return at;
}

int csv_split(char *line, size_t len, char **field, int most)
{
	char *at = line, *end = line + len, *dropped = NULL;
	int n = 0;

	*end = '\0';
	for (;; n++) {
		char **to = n < most ? &field[n] : &dropped;

		*to = at;
		if (at < end && *at == '"')
			at = unquote(at + 1, end, to);
		while (at < end && *at != ',')
			at++;
		if (at == end)
			return n + 1;
		*at++ = '\0';
	}
}
