/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memo: what is the same request but for its name. */
#include <stdio.h>
#include <string.h>

#include "memo.h"
#include "tap.h"

#define REST "task: {type: process, spec: {command: [x]}}\n"

static struct shapes shapes;

static struct memo_key key_of(const char *text)
{
	struct buf b = BUF_INIT;
	struct memo_key k;

	buf_adds(&b, text);
	memo_key(&shapes, &b, shapes_hash(&shapes, text, strlen(text)), &k);
	buf_free(&b);
	return k;
}

static bool found(const struct memo *m, const char *text, struct memo_entry *e)
{
	struct memo_key k = key_of(text);

	return memo_find(m, &k, e);
}

static void keep(struct memo *m, const char *text, const char *name)
{
	struct memo_entry e = { .key = key_of(text), .shape = 7 };

	snprintf(e.name, sizeof e.name, "%s", name);
	memo_keep(m, &e);
}

static void check_names(void)
{
	struct memo *m = memo_new();
	struct memo_entry e;

	keep(m, "name: a-1\n" REST, "a-1");
	ok(found(m, "name: b.2_x\n" REST, &e), "one with another name is known");
	is_str(e.name, "b.2_x", "by its own name");
	ok(!found(m, "name: a-1\n" REST "#\n", &e), "one with another end is not");
	ok(!found(m, REST, &e), "one without a name is not");
	keep(m, REST, "");
	ok(found(m, REST, &e), "but when it was seen");
	is_str(e.name, "", "without a name");
	ok(!found(m, "name: a-1\n" REST, &e), "which is not one with a name");
	keep(m, "name: c\n" REST, "something else");
	ok(!found(m, "name: c\n" REST, &e), "what turned out to be called otherwise is not kept");
	memo_free(m);
}

static void check_lines(void)
{
	static const char *const whole[] = {
		"", "name: ", "name: a", "name: a\n", "name: null\n" REST, "name: Null\n" REST, "name: ~\n" REST,
		"name: a\n  b\n" REST, "name: a\n\n" REST, "name: a\n# b\n" REST, "name: a b\n" REST,
		"name: a # b\n" REST, "name: a: b\n" REST, "name: &x a\n" REST, "name: !x a\n" REST,
		"name: \"a\"\n" REST, "name: 'a'\n" REST, "name: |\n a\n" REST, "name: [a]\n" REST,
		"name: a\r\n" REST, "name: a/b\n" REST, "name: .a\n" REST, "name: 1\n" REST, "name: a\n--- b\n",
		"name:a\n" REST, " name: a\n" REST, "names: a\n" REST, "name: a\n: b\n", "name: a\n? b\n",
		"name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" REST,
	};

	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
		struct memo_key k = key_of(whole[i]);

		ok(!k.name[0] && k.len == strlen(whole[i]), "taken as a whole: \"%.30s\"", whole[i]);
	}
}

int main(void)
{
	check_names();
	check_lines();
	return done();
}
