/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "title.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

void title_component(const char *name, size_t len, struct buf *out)
{
	bool dots = (len == 1 || len == 2) && !memcmp(name, "..", len);
	size_t start = out->len;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];
		size_t add = dots || c < ' ' || c == 0x7f || c == '/' ? 3 : 1;

		if (out->len - start + add > NAME_MAX)
			break;
		if (add == 3)
			buf_addf(out, "%%%02X", c);
		else
			buf_addc(out, (char)c);
	}
}
