/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list_word.h"

#include <string.h>

void list_escape(struct buf *b, const char *word)
{
	/* "-" by itself stands for nothing. */
	if (!*word || !strcmp(word, "-")) {
		buf_adds(b, *word ? "%2D" : "-");
		return;
	}
	for (; *word; word++) {
		unsigned char c = (unsigned char)*word;

		if (c <= ' ' || c == '%' || c == 0x7f)
			buf_addf(b, "%%%02X", c);
		else
			buf_addc(b, (char)c);
	}
}

static int digit(char c)
{
	const char *all = "0123456789ABCDEF", *at = c ? strchr(all, c) : NULL;

	return at ? (int)(at - all) : -1;
}

char *list_unescape(char *word)
{
	char *to = word;

	if (!strcmp(word, "-"))
		*word = '\0';
	for (const char *at = word; *at; at++)
		if (*at == '%' && digit(at[1]) >= 0 && digit(at[2]) >= 0) {
			*to++ = (char)(digit(at[1]) * 16 + digit(at[2]));
			at += 2;
		} else {
			*to++ = *at;
		}
	*to = '\0';
	return word;
}
