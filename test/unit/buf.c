/* SPDX-License-Identifier: GPL-2.0-or-later */
/* buf.h and diag.h: dynamic text, and what went wrong. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "diag.h"
#include "tap.h"

static void test_growing(void)
{
	struct buf b = BUF_INIT;
	bool whole = true;

	is_str(b.s, "", "new: a string");
	is_int(b.len, 0, "new: empty");
	buf_add(&b, "x", 0);
	buf_add(&b, NULL, 0);
	is_int(b.cap, 0, "adding nothing allocates nothing");
	buf_adds(&b, "one");
	buf_addc(&b, ' ');
	buf_addf(&b, "%d%s", 2, "!");
	is_str(b.s, "one 2!", "adds, addc, addf");
	buf_add(&b, "a\0b", 3);
	is_int(b.len, 9, "NULs are bytes like others");
	ok(!memcmp(b.s, "one 2!a\0b", 10), "and a NUL is behind the last");

	buf_reset(&b);
	buf_addu(&b, 0);
	buf_addc(&b, ' ');
	buf_addu(&b, ULLONG_MAX);
	is_str(b.s, "0 18446744073709551615", "addu: numbers");
	for (int i = 0; i < 100; i++) {
		buf_reset(&b);
		buf_addf(&b, "%*d", i, 7);
		whole = whole && b.len == (i ? (size_t)i : 1) && b.s[b.len - 1] == '7' && !b.s[b.len];
	}
	ok(whole, "addf of every length up to 99, whether it fits or not");
	buf_reset(&b);
	is_str(b.s, "", "reset: empty");
	ok(b.cap > 0, "reset: keeps the memory");
	for (int i = 0; i < 10000; i++) {
		buf_addc(&b, (char)('a' + i % 26));
		whole = whole && b.s[b.len] == '\0' && b.len < b.cap;
	}
	ok(whole && b.len == 10000 && b.s[9999] == 'a' + 9999 % 26, "10,000 characters singly");
	buf_addf(&b, "%5000d", 7);
	is_int(b.len, 15000, "a long addf");
	ok(!b.failed, "nothing failed");
	buf_free(&b);
	is_str(b.s, "", "free: as new");
	is_int(b.cap, 0, "free: no memory");
	buf_free(&b);
	buf_reset(&b);
	is_str(buf_empty, "", "the shared empty string stays empty");
}

static void test_detach(void)
{
	struct buf b = BUF_INIT;
	char *s = buf_detach(&b);

	is_str(s, "", "detach of nothing: an empty string to free");
	free(s);
	buf_adds(&b, "text");
	s = buf_detach(&b);
	is_str(s, "text", "detach: the string");
	is_str(b.s, "", "the buffer is as new");
	free(s);
	b.failed = true;
	is_str(buf_detach(&b), NULL, "detach of a failed one: NULL");
	ok(!b.failed, "then as new");
}

/* Sizes no machine has, so that it fails without eating the memory of this one. */
static void test_failing(void)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "kept");
	ok(!buf_reserve(&b, SIZE_MAX), "SIZE_MAX bytes");
	ok(b.failed, "failed is set");
	buf_adds(&b, "more");
	buf_addf(&b, "%d", 1);
	is_str(b.s, "kept", "additions do nothing then");
	buf_reset(&b);
	ok(!b.failed, "reset forgets it");
	ok(!buf_reserve(&b, SIZE_MAX - 3), "SIZE_MAX - 3 bytes");
	buf_reset(&b);
	ok(!buf_reserve(&b, SIZE_MAX / 4), "a quarter of that");
	buf_free(&b);
}

static void test_diag(void)
{
	struct diag d = DIAG_INIT;
	struct buf b = BUF_INIT;
	char big[1000];

	errno = EPERM;
	is_int(diag_set(&d, "bad %s", "thing"), -1, "diag_set returns -1");
	is_str(d.text, "bad thing", "its text");
	is_int(d.err, 0, "no errno");
	is_int(errno, EPERM, "errno is kept");
	diag_format(&d, NULL, &b);
	is_str(b.s, "bad thing", "formatted without a file");
	buf_reset(&b);
	diag_format(&d, "F", &b);
	is_str(b.s, "F: bad thing", "with a file");

	buf_reset(&b);
	is_int(diag_at(&d, 3, 14, "worse"), -1, "diag_at returns -1");
	diag_format(&d, "F", &b);
	is_str(b.s, "F:3:14: worse", "with line and column");
	buf_reset(&b);
	diag_format(&d, NULL, &b);
	is_str(b.s, "3:14: worse", "without the file");
	buf_reset(&b);
	diag_at(&d, 3, 0, "worse");
	diag_format(&d, "F", &b);
	is_str(b.s, "F:3: worse", "with the line alone");

	errno = ENOENT;
	is_int(diag_errno(&d, "cannot open %s", "x"), -1, "diag_errno returns -1");
	is_str(d.text, "cannot open x: No such file or directory", "its text");
	is_int(d.err, ENOENT, "its errno");
	is_int(d.line, 0, "it forgets the place of the one before");
	is_int(diag_nomem(&d), -1, "diag_nomem returns -1");
	is_str(d.text, "out of memory: Cannot allocate memory", "its text");
	is_int(errno, ENOMEM, "sets errno");

	is_int(diag_set(NULL, "x"), -1, "NULL: diag_set");
	is_int(diag_at(NULL, 1, 1, "x"), -1, "NULL: diag_at");
	is_int(diag_errno(NULL, "x"), -1, "NULL: diag_errno");
	is_int(diag_nomem(NULL), -1, "NULL: diag_nomem");

	memset(big, 'x', sizeof big);
	big[sizeof big - 1] = '\0';
	diag_errno(&d, "%s", big);
	is_int(strlen(d.text), sizeof d.text - 1, "a long text is cut");
	buf_free(&b);
}

int main(void)
{
	test_growing();
	test_detach();
	test_failing();
	test_diag();
	return done();
}
