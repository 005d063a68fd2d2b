/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count;
static int failures;

/* A '#' would start a TAP directive, a newline would end the line. */
static void print_description(const char *fmt, va_list ap)
{
	char text[1000];

	vsnprintf(text, sizeof(text), fmt, ap);
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			fputs("\\n", stdout);
		else if (*p == '#')
			fputs("\\#", stdout);
		else
			putchar(*p);
	}
	putchar('\n');
}

/* Line-wise, so that no part of a value can be taken for TAP. */
static void print_value(const char *label, const char *value)
{
	if (!value) {
		printf("#   %s: NULL\n", label);
		return;
	}
	printf("#   %s: \"", label);
	for (; *value; value++) {
		if (*value == '\n')
			fputs(value[1] ? "\\n\n#     " : "\\n", stdout);
		else
			putchar(*value);
	}
	puts("\"");
}

static void result(const char *file, int line, bool pass, const char *fmt, va_list ap)
{
	printf("%sok %d - ", pass ? "" : "not ", ++count);
	print_description(fmt, ap);
	if (!pass) {
		failures++;
		printf("#   at %s:%d\n", file, line);
	}
}

/* A test may crash next: what is known so far must be out. */
static bool finish(bool pass)
{
	fflush(stdout);
	return pass;
}

bool tap_ok(const char *file, int line, bool cond, const char *text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(file, line, cond, fmt, ap);
	va_end(ap);
	if (!cond)
		printf("#   false: %s\n", text);
	return finish(cond);
}

bool tap_is_int(const char *file, int line, long long got, long long want, const char *fmt, ...)
{
	bool pass = got == want;
	va_list ap;

	va_start(ap, fmt);
	result(file, line, pass, fmt, ap);
	va_end(ap);
	if (!pass)
		printf("#   got:  %lld\n#   want: %lld\n", got, want);
	return finish(pass);
}

bool tap_is_str(const char *file, int line, const char *got, const char *want,
		const char *fmt, ...)
{
	bool pass = got && want ? !strcmp(got, want) : got == want;
	va_list ap;

	va_start(ap, fmt);
	result(file, line, pass, fmt, ap);
	va_end(ap);
	if (!pass) {
		print_value("got ", got);
		print_value("want", want);
	}
	return finish(pass);
}

bool tap_like(const char *file, int line, const char *hay, const char *needle,
	      const char *fmt, ...)
{
	bool pass = hay && strstr(hay, needle);
	va_list ap;

	va_start(ap, fmt);
	result(file, line, pass, fmt, ap);
	va_end(ap);
	if (!pass) {
		print_value("got         ", hay);
		print_value("want in it  ", needle);
	}
	return finish(pass);
}

void skip(const char *reason)
{
	printf("ok %d # SKIP %s\n", ++count, reason);
	fflush(stdout);
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("# ", stdout);
	print_description(fmt, ap);
	va_end(ap);
	fflush(stdout);
}

void bail(const char *fmt, ...)
{
	va_list ap;

	/* Not "Bail out!": that would end the other files' tests, too. */
	va_start(ap, fmt);
	printf("not ok %d - cannot go on: ", ++count);
	print_description(fmt, ap);
	va_end(ap);
	exit(1);
}

int done(void)
{
	printf("1..%d\n", count);
	if (failures)
		printf("# %d of %d failed\n", failures, count);
	fflush(stdout);
	return failures ? 1 : 0;
}
