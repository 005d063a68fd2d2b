/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diag - one diagnosis: what went wrong, and where in the input.
 *
 * The library explains, the program speaks.  Every function of formats/
 * and of the planner that can fail takes a `struct diag *`, fills it and
 * returns -1; nothing below a program's main() prints or exits.
 *
 * The text is a whole phrase without a trailing newline.  For bad input it
 * names what was found and what was expected; line and column say where.
 * A NULL diag is allowed everywhere: the caller does not want to know.
 */
#ifndef FORMATS_DIAG_H
#define FORMATS_DIAG_H

#include <stdarg.h>

struct buf;

struct diag {
	int  line;		/* 1-based; 0: not about a place in a text */
	int  col;		/* 1-based, in characters; 0: the whole line */
	int  err;		/* errno of the failed call; 0: bad input */
	char text[500];
};

#define DIAG_INIT { 0, 0, 0, "" }

/* Each of these fills *d (if not NULL), keeps errno, and returns -1. */
int diag_set(struct diag *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int diag_at(struct diag *d, int line, int col, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* As diag_set, with ": " and the text of the present errno behind it. */
int diag_errno(struct diag *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The one text for malloc having failed. */
int diag_nomem(struct diag *d);

/* Append "FILE:LINE:COL: TEXT", without what is not known.  file may be NULL. */
void diag_format(const struct diag *d, const char *file, struct buf *out);

#endif
