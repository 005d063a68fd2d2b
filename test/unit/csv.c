/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "csv.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static int split(const char *text, char **field, int most)
{
	static char line[200];

	snprintf(line, sizeof line, "%s", text);
	return csv_split(line, strlen(line), field, most);
}

static void splits(void)
{
	char *f[4];

	is_int(split("a,b,c", f, 4), 3, "three fields");
	is_str(f[0], "a", "the first");
	is_str(f[2], "c", "the last");
	is_int(split("", f, 4), 1, "an empty line is one empty field");
	is_str(f[0], "", "which is empty");
	is_int(split(",,", f, 4), 3, "empty fields count");
	is_int(split("a,b,c,d,e", f, 4), 5, "fields that find no room are counted");
	is_str(f[3], "d", "and what found room is there");
	is_int(split("\"x, \"\"y\"\"\",z", f, 4), 2, "quotes hold commas");
	is_str(f[0], "x, \"y\"", "and quotes, doubled");
	is_str(f[1], "z", "and end");
	is_int(split("\"torn", f, 4), 1, "a quote that does not end takes the rest");
	is_str(f[0], "torn", "as it is");
	is_int(split("\"a\"b,c", f, 4), 2, "what stands behind a quote is left out");
	is_str(f[1], "c", "up to the comma");
}

static void comes_back(const char *text, const char *as)
{
	struct buf b = BUF_INIT;
	char *f[3];

	buf_adds(&b, "1,");
	csv_text(&b, text);
	buf_adds(&b, ",3");
	is_int(csv_split(b.s, b.len, f, 3), 3, "one field, whatever is in it");
	is_str(f[1], as, "what was written is read");
	buf_free(&b);
}

int main(void)
{
	splits();
	comes_back("", "");
	comes_back("plain", "plain");
	comes_back("a,b", "a,b");
	comes_back("\"", "\"");
	comes_back("say \"\"", "say \"\"");
	comes_back("two\nlines", "two lines");
	return done();
}
