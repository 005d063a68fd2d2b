/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sanitize - how the sanitizers tell what they found; in every program that
 * SANITIZE=1 builds, and in no other.
 *
 * A program may be far from the test that started it: what it says may be
 * thrown away, its exit status not looked at, its environment not that of the
 * test.  So while run-tests runs there is a directory REPORTS, and each report
 * becomes a file in it; run-tests fails if one is left there.  Without that
 * directory, reports go to standard error as always.
 *
 * LeakSanitizer cannot look at a process that is traced, and would fail
 * instead: such a process does without, and that only.
 *
 * Not strict_string_checks: each strchr() would read to the end of the text, and
 * reading a file line by line take the square of its length; and libfuse looks for
 * a line, that is always there, in what does not end with a zero.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef REPORTS	/* as the GNUmakefile does, with a path that holds everywhere */
#define REPORTS "build/san/reports"
#endif

/* No test expects this status of anything. */
#define COMMON "exitcode=99:log_exe_name=1:print_cmdline=1:print_stacktrace=1"
#define INTO_FILE ":log_path=\"" REPORTS "/report\""

/* They are called before main(), while nothing may be looked at yet; the names
 * are those that the run-time libraries ask for. */
#define EARLY __attribute__((no_sanitize("address", "undefined")))

const char *__asan_default_options(void);	/* NOLINT(bugprone-reserved-identifier) */
const char *__ubsan_default_options(void);	/* NOLINT(bugprone-reserved-identifier) */
int __lsan_is_turned_off(void);			/* NOLINT(bugprone-reserved-identifier) */

EARLY static int tests_run(void)
{
	return access(REPORTS, W_OK) == 0;
}

EARLY const char *__asan_default_options(void)	/* NOLINT(bugprone-reserved-identifier) */
{
#define STRICT ":detect_stack_use_after_return=1"
	return tests_run() ? COMMON STRICT INTO_FILE : COMMON STRICT;
}

EARLY const char *__ubsan_default_options(void)	/* NOLINT(bugprone-reserved-identifier) */
{
	return tests_run() ? COMMON INTO_FILE : COMMON;
}

/* gcc's two libraries have each a log, and a function of the same name that sets it:
 * they find that of the first, and the second is left without. */
__attribute__((constructor))
static void tell_second(void)
{
	const char *said = getenv("UBSAN_OPTIONS"), *path = said ? strstr(said, "log_path=") : NULL;
	void *second = tests_run() ? dlopen("libubsan.so.1", RTLD_LAZY | RTLD_NOLOAD) : NULL;
	void (*set_path)(const char *) = NULL;

	if (!second)
		return;
	*(void **)&set_path = dlsym(second, "__sanitizer_set_report_path");
	if (set_path)
		set_path(path ? path + strlen("log_path=") : REPORTS "/report");
}

/* What /proc/self/status says of TracerPid; traced also where that cannot be read,
 * as under strace that lets calls fail. */
int __lsan_is_turned_off(void)			/* NOLINT(bugprone-reserved-identifier) */
{
	char text[4096];
	const char *tracer;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	tracer = strstr(text, "TracerPid:");
	return !tracer || strtol(tracer + strlen("TracerPid:"), NULL, 10) != 0;
}
