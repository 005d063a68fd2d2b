/* SPDX-License-Identifier: GPL-2.0-or-later */
/* csv - lines of accounting/, as RFC 4180 has them. */
#ifndef FORMATS_CSV_H
#define FORMATS_CSV_H

#include <stddef.h>

#include "buf.h"

/* A field, quoted where it has to be.  What would end the line becomes a blank:
 * a line is a record. */
void csv_text(struct buf *b, const char *s);

/*
 * Cut a line (without its newline; it is written into) into at most `most`
 * fields, unquoted and NUL-terminated.  How many it has, which may be more.
 */
int csv_split(char *line, size_t len, char **field, int most);

#endif
