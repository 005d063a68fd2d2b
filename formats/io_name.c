/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of io.h that judges names. */
#include "io.h"

#include <limits.h>
#include <stdint.h>

/* The length of one UTF-8 character that is not a control character; 0: it is not one. */
static size_t utf8_printable(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *s < 0x80 ? 1 : *s >> 5 == 6 ? 2 : *s >> 4 == 14 ? 3 : *s >> 3 == 30 ? 4 : 0;
	uint32_t c = n == 1 ? *s : *s & (0x7fu >> n);

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (!n || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ? 0 : n;
}

bool io_name_ok(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	size_t n;

	if (*s == '.' || !*s)
		return false;
	for (; *s; s += n) {
		n = *s == '/' || *s == '\\' ? 0 : utf8_printable(s);
		if (!n)
			return false;
	}
	return s - (const unsigned char *)name <= NAME_MAX;
}
