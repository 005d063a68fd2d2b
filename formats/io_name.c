/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of io.h that judges names. */
#include "io.h"

#include <limits.h>
#include <string.h>

#include "utf8.h"

bool io_name_ok(const char *name)
{
	size_t len = strlen(name), n;

	if (!len || len > NAME_MAX || *name == '.')
		return false;
	for (size_t at = 0; at < len; at += n) {
		n = utf8_printable(name + at, len - at);
		if (!n || name[at] == '/' || name[at] == '\\')
			return false;
	}
	return true;
}
