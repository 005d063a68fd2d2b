/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "html.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

void html_text(struct buf *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (strchr("&<>\"'", c))
			buf_addf(out, "&#%d;", c);
		else if (c < ' ' && c != '\t' && c != '\n')
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_addc(out, (char)c);
	}
}

void html_path(struct buf *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x80 && (isalnum(c) || strchr("-._~", c)))
			buf_addc(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

void html_pad(struct buf *out)
{
	do
		buf_addc(out, '\n');
	while (out->len % 8192 && !out->failed);
}
