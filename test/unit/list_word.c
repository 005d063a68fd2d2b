/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list_word.h"

#include <string.h>

#include "tap.h"

static void both(const char *word, const char *want)
{
	struct buf b = BUF_INIT;

	list_escape(&b, word);
	is_str(b.s, want, "\"%s\" is written so", word);
	is_str(list_unescape(b.s), word, "and read back");
	buf_free(&b);
}

int main(void)
{
	char odd[] = "50%", half[] = "%2";

	both("square-root", "square-root");
	both("a b\n", "a%20b%0A");
	both("100%", "100%25");
	both("", "-");
	both("-", "%2D");
	both("--", "--");
	both("\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9");
	is_str(list_unescape(odd), "50%", "what is no escape stays");
	is_str(list_unescape(half), "%2", "half of one, too");
	return done();
}
