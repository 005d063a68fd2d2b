/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "refusal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct { int err; const char *name; } table[] = {
	{ EINVAL, "EINVAL" }, { EACCES, "EACCES" }, { EDQUOT, "EDQUOT" }, { ENOSPC, "ENOSPC" },
	{ ESTALE, "ESTALE" },
};
enum { ROWS = sizeof table / sizeof *table };

const char *refusal_name(int err)
{
	for (int i = 0; i < ROWS; i++)
		if (table[i].err == err)
			return table[i].name;
	return NULL;
}

int refuse(struct diag *d, int err, const char *fmt, ...)
{
	char text[sizeof d->text - 16];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return diag_set(d, "%s [%s]", text, refusal_name(err));
}

int refusal_read(const char *text, size_t *len)
{
	size_t n = *len, m;

	while (n && text[n - 1] == '\n')
		n--;
	*len = n;
	for (int i = 0; i < ROWS; i++) {
		m = strlen(table[i].name) + 3;
		if (n < m || text[n - 1] != ']' || memcmp(text + n - m, " [", 2) ||
		    memcmp(text + n - m + 2, table[i].name, m - 3))
			continue;
		*len = n - m;
		return table[i].err;
	}
	return 0;
}
