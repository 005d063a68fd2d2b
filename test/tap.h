/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap - the Test Anything Protocol for unit tests in C.
 *
 *	#include "tap.h"
 *
 *	int main(void)
 *	{
 *		ok(1 + 1 == 2, "sums");
 *		is_int(strlen("abc"), 3, "length of %s", "abc");
 *		is_str(name, "gaia", "the name is read");
 *		like(d.text, "line 3", "the message says where");
 *		return done();
 *	}
 *
 * Each check prints one line to standard output and, on failure, the place
 * and what was got and wanted as comments behind it.  Each returns whether it
 * passed, so that a test can stop looking into what is not there.  Arguments
 * are evaluated once.  Every fmt is printf's; it may be a plain string.
 */
#ifndef TEST_TAP_H
#define TEST_TAP_H

#include <stdbool.h>

/* The condition holds. */
#define ok(cond, ...) tap_ok(__FILE__, __LINE__, (cond), #cond, __VA_ARGS__)
/* Two integers of any signed type, or an unsigned below 2^63, are equal. */
#define is_int(got, want, ...) tap_is_int(__FILE__, __LINE__, (got), (want), __VA_ARGS__)
/* Two strings are equal; NULL equals only NULL. */
#define is_str(got, want, ...) tap_is_str(__FILE__, __LINE__, (got), (want), __VA_ARGS__)
/* needle occurs in hay; a NULL hay contains nothing. */
#define like(hay, needle, ...) tap_like(__FILE__, __LINE__, (hay), (needle), __VA_ARGS__)

/* One check that cannot be made here, and why.  The run lists it at its end. */
void skip(const char *reason);
/* A comment for whoever reads the log. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The test cannot go on: counts as a failure of the file, and exits. */
void bail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Print the plan; main's return value: 0 when every check passed. */
int done(void);

bool tap_ok(const char *file, int line, bool cond, const char *text, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
bool tap_is_int(const char *file, int line, long long got, long long want, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
bool tap_is_str(const char *file, int line, const char *got, const char *want,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));
bool tap_like(const char *file, int line, const char *hay, const char *needle,
	      const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
