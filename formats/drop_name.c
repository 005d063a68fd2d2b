/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drop_name.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* Any of them, with something before it. */
static bool ends_with(const char *s, const char *const *ends, size_t n)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < n; i++) {
		size_t m = strlen(ends[i]);

		if (len > m && !strcmp(s + len - m, ends[i]))
			return true;
	}
	return false;
}

/* vim tries whether it may write here with a file called 4913, 5036, ... */
static bool all_digits(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

/* sed -i: sedXXXXXX */
static bool is_sed(const char *s)
{
	if (strncmp(s, "sed", 3) || strlen(s) != 9)
		return false;
	for (s += 3; *s; s++)
		if (!isalnum((unsigned char)*s))
			return false;
	return true;
}

bool drop_name_temporary(const char *name)
{
	static const char *const ends[] = { "~", "#", ".tmp", ".swp", ".swx", ".swo", ".part",
					    ".partial", ".bak", ".orig", ".new", ".filepart", ".crdownload" };

	return name[0] == '.' || name[0] == '#' || all_digits(name) || is_sed(name) ||
	       ends_with(name, ends, sizeof ends / sizeof *ends);
}

bool drop_name_ends_well(const char *name)
{
	static const char *const ends[] = { ".yaml", ".yml", ".json" };

	return ends_with(name, ends, sizeof ends / sizeof *ends);
}
