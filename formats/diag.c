/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "diag.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "utf8.h"

/* A message may show what a stranger wrote, and it ends in one line of a file
 * or on a terminal: nothing but printable text may be in it. */
static void only_printable(char *s)
{
	const char *end = s + strlen(s);

	for (size_t n; s < end; s += n) {
		n = utf8_printable(s, (size_t)(end - s));
		if (!n) {
			*s = '?';
			n = 1;
		}
	}
}

static int fill(struct diag *d, int err, int line, int col, const char *fmt, va_list ap)
{
	int saved = errno;
	size_t used;

	if (!d)
		return -1;
	d->err = err;
	d->line = line;
	d->col = col;
	vsnprintf(d->text, sizeof d->text, fmt, ap);
	used = strlen(d->text);
	if (err)
		snprintf(d->text + used, sizeof d->text - used, ": %s", strerror(err));
	only_printable(d->text);
	errno = saved;
	return -1;
}

int diag_set(struct diag *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(d, 0, 0, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int diag_at(struct diag *d, int line, int col, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(d, 0, line, col, fmt, ap);
	va_end(ap);
	return -1;
}

int diag_errno(struct diag *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(d, errno, 0, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int diag_nomem(struct diag *d)
{
	errno = ENOMEM;
	return diag_errno(d, "out of memory");
}

void diag_format(const struct diag *d, const char *file, struct buf *out)
{
	if (file)
		buf_addf(out, "%s:", file);
	if (d->line)
		buf_addf(out, "%d:", d->line);
	if (d->line && d->col)
		buf_addf(out, "%d:", d->col);
	if (file || d->line)
		buf_adds(out, " ");
	buf_adds(out, d->text);
}
