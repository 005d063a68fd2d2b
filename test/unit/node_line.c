/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree_parse_line has to give the tree that tree_parse gives: for what line.h
 * writes, for that with bytes changed, and for hand-made strange lines.
 */
#include "node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "line.h"
#include "tap.h"

static struct tree fast = TREE_INIT, slow = TREE_INIT;
static char why[300];

/* --- comparing ------------------------------------------------------------- */

static bool differ(const char *what, const struct node *n, long a, long b)
{
	snprintf(why, sizeof why, "%s of %s \"%.40s\": %ld, libyaml %ld", what, n->key ? n->key : "-",
		 n->text, a, b);
	return false;
}

static int col = 1;		/* where the text begins */

/* libyaml was told nothing of that. */
static int col_of(int line, int slow_col)
{
	return line == 1 && slow_col ? slow_col + col - 1 : slow_col;
}

static bool same_node(const struct node *a, const struct node *b, int shift)
{
	if (!a || !b)
		return a == b || differ("presence", a ? a : b, !!a, !!b);
	if (a->kind != b->kind || a->quoted != b->quoted || a->count != b->count)
		return differ("kind, quotes or count", a, a->kind * 1000 + a->quoted * 100 + (long)a->count,
			      b->kind * 1000 + b->quoted * 100 + (long)b->count);
	if (a->line != b->line + shift || a->col != col_of(b->line, b->col))
		return differ("place", a, a->line * 10000L + a->col, (b->line + shift) * 10000L + b->col);
	if (a->key_line != (b->key ? b->key_line + shift : 0) || a->key_col != col_of(b->key_line, b->key_col))
		return differ("place of the key", a, a->key_line * 10000L + a->key_col,
			      b->key_line * 10000L + b->key_col);
	if (!a->key != !b->key || (a->key && strcmp(a->key, b->key)))
		return differ("key", a, 0, 1);
	if (a->len != b->len || memcmp(a->text, b->text, a->len + 1))
		return differ("text", a, (long)a->len, (long)b->len);
	for (const struct node *x = a->child, *y = b->child; x || y; x = x->next, y = y->next)
		if (!same_node(x, y, shift))
			return false;
	return true;
}

static bool same(const char *text, size_t len, int line_no)
{
	struct diag df = DIAG_INIT, ds = DIAG_INIT;
	int f = tree_parse_line(&fast, text, len, line_no, col, &df);
	int s = tree_parse(&slow, text, len, NULL, &ds);

	why[0] = '\0';
	if (s == 0 && (!slow.root || slow.root->kind != NODE_MAP)) {
		snprintf(why, sizeof why, "no mapping was taken");
		return f < 0 && df.line == line_no;
	}
	if (f != s || (f < 0 && (strcmp(df.text, ds.text) || df.col != col_of(ds.line, ds.col) ||
				 df.line != ds.line + line_no - 1))) {
		snprintf(why, sizeof why, "%d \"%.80s\" %d:%d, libyaml %d \"%.80s\" %d:%d", f, df.text,
			 df.line, df.col, s, ds.text, ds.line, ds.col);
		return false;
	}
	if (f == 0 && fast.nodes != slow.nodes) {
		snprintf(why, sizeof why, "%zu values, libyaml %zu", fast.nodes, slow.nodes);
		return false;
	}
	return f < 0 || same_node(fast.root, slow.root, line_no - 1);
}

/* --- random lines, always the same ones ---------------------------------------- */

static void random_text(char *out, size_t *len)
{
	static const char *const some[] = {
		"", "null", "~", "true", "1.5", "0x1f", "1e5", "2026-11-22T03:00:00.123Z", "a: b", "a:",
		":a", "a::b", "-1", "- a", "---", "...", "/data/x", "a#b", "# a", "a #b", "[x]", "{x}",
		"x,y", "x, y", "'x'", "\"x\"", "\\", "x\\ny", "\t", "a\nb", " a", "a ", "!t", "&a", "*a", "%a",
		"@a", "`a`", "?", "? a", "\xc3\xa4", "\xf0\x9f\x98\x80", "\xff", "\xc2\x85", "\xe2\x80\xa8",
		"\xef\xbb\xbf", "\x01", "\x7f", "yes", "01939a3c-0000-7000-8000-000000000001", "x00ff", "=", "<<",
	};

	if (chance(2)) {
		const char *s = some[chance(sizeof some / sizeof *some)];

		*len = strlen(s);
		memcpy(out, s, *len);
		return;
	}
	*len = chance(12);
	for (size_t i = 0; i < *len; i++)
		out[i] = (char)(chance(3) ? ' ' + chance(95) : 1 + chance(255));
}

static void random_key(char out[24])
{
	static const char first[] = "abcxyzABCXYZ", more[] = "abcxyzABC0189-_";
	unsigned n = chance(6);

	out[0] = first[chance(sizeof first - 1)];
	for (unsigned i = 1; i <= n; i++)
		out[i] = more[chance(sizeof more - 1)];
	out[n + 1] = '\0';
}

static void random_pairs(struct buf *b, int depth);

static void random_flow(struct buf *b, int depth)
{
	char text[48];
	size_t len;

	if (chance(2)) {
		buf_addc(b, '{');
		random_pairs(b, depth);
		buf_addc(b, '}');
		return;
	}
	buf_addc(b, '[');
	for (unsigned i = 0, n = chance(4); i < n; i++) {
		if (i)
			buf_adds(b, ", ");
		if (depth < 10 && !chance(4)) {
			random_flow(b, depth + 1);
			continue;
		}
		random_text(text, &len);
		line_scalar(b, text, len);
	}
	buf_addc(b, ']');
}

static void random_pairs(struct buf *b, int depth)
{
	char key[24], text[48];
	size_t len;

	for (unsigned n = chance(5); n; n--) {
		random_key(key);
		switch (chance(depth < 10 ? 7 : 5)) {
		case 0: line_int(b, key, (long long)chance(100000) - 50000); break;
		case 1: line_real(b, key, (double)chance(100000) / 64, (int)chance(4)); break;
		case 2: line_time(b, key, (int64_t)chance(1u << 30) * 1700000); break;
		case 3: case 4:
			random_text(text, &len);
			line_textn(b, key, text, len);
			break;
		default:
			line_raw(b, key, "");
			random_flow(b, depth + 1);
		}
	}
}

static void random_line(struct buf *b)
{
	buf_reset(b);
	line_begin(b);
	random_pairs(b, 1);
	line_end(b);
}

static void mutate(struct buf *b)
{
	static const char likely[] = "{}[],:\"'\\ #-?|>&*!%@`~\n\t\r0aA_.";

	for (unsigned n = 1 + chance(3); n && b->len; n--) {
		size_t at = chance((unsigned)b->len);
		char c = chance(4) ? likely[chance(sizeof likely - 1)] : (char)chance(256);

		switch (chance(4)) {
		case 0:
			b->s[at] = c;
			break;
		case 1:
			memmove(b->s + at, b->s + at + 1, b->len - at);
			b->len--;
			break;
		case 2:
			buf_addc(b, 'x');
			memmove(b->s + at + 1, b->s + at, b->len - at - 1);
			b->s[at] = c;
			break;
		default:
			b->len = at;
			b->s[at] = '\0';
		}
	}
}

static void random_lines(void)
{
	struct buf b = BUF_INIT;
	struct diag d = DIAG_INIT;
	unsigned written = 0, changed = 0;
	bool all = true;

	for (int i = 0; i < 60000 && all; i++) {
		int line_no = 1 + (int)chance(3);

		col = 1 + 4 * (int)chance(2);
		random_line(&b);
		all = b.len >= 7 && same(b.s + 4, b.len - 5, line_no);
		written++;
		if (all && !fast.root && tree_parse(&slow, b.s + 4, b.len - 5, NULL, &d) < 0 &&
		    !strstr(d.text, "a second time"))
			all = false, snprintf(why, sizeof why, "%.200s", d.text);
		/* Twice: the second is a change of a change. */
		for (int k = 0; k < 2 && all; k++) {
			mutate(&b);
			all = b.len < 5 || same(b.s + 4, b.len - 5, line_no);
			changed++;
		}
	}
	col = 1;
	if (!ok(all, "what is written means to us what it means to libyaml"))
		note("%s\n# %.*s", why, (int)b.len, b.s);
	note("%u lines as written, which can all be read, and %u changed ones", written, changed);
	buf_free(&b);
}

/* --- particular lines --------------------------------------------------------------- */

static void particular_lines(void)
{
	static const char *const text[] = {
		"", "{", "}", "{}", "[]", "{a: 1}", "{a: 1,b: 2}", "{a: 1, b: 2 }", "{ a: 1}", "{a:1}", "{a : 1}",
		"{a: }", "{a: , b: 1}", "{a: 1, a: 2}", "{a: 1, \"a\": 2}", "{a: {b: {c: {d: [[[1]]]}}}}",
		"{a: [[[[[[[[[[1]]]]]]]]]]}", "{a: 1} x", "{a: 1}}", "{a: 1} # c", "{a: 1}\n", "{a: \"x\ty\"}",
		"{a: \"\\x41\"}", "{a: \"\\u00e4\"}", "{a: \"x\\\"}", "{a: \"x\"y}", "{a: 'x'}", "{a: x y}", "{a: x  y}",
		"{a: null}", "{a: NULL}", "{a: nUlL}", "{a: ~}", "{a: nullx}", "{null: 1}", "{a: -}", "{a: -x}",
		"{a: -1}", "{a: - 1}", "{a: .5}", "{a: +1}", "{a: a:b}", "{a: a:}", "{a: a: b}", "{a: a:,b: 1}", "{a: a:}b}",
		"{a: 12:30:45}", "{a: x/y/z}", "{a: /}", "{a: x@y}", "{a: a+b}", "{a: x_}", "{a: _x}", "{a: @x}",
		"{a: [1, 2,]}", "{a: [1, , 2]}", "{a: [1 2]}", "{a: [x: 1]}", "{a: [{b: 1}, {b: 2}]}", "{a: {}}", "{a: []}",
		"{a: \"\"}", "{\"a\": 1}", "{1a: 2}", "{a-b_c: 1}", "{-a: 1}", "{a?: 1}", "{? a: 1}", "{a: &x 1}", "{a: !x 1}",
		"{a: *x}", "{a: |}", "{a: \xc3\xa4}", "{a: \"\xc3\xa4\"}", "{\xc3\xa4: 1}", "{a: \"\xff\"}", "{a: 1\r}",
		"{a: 1,\n b: 2}", "{a: \"x\n y\"}", "{<<: 1}", "{a: =}", "{a: a#b}", "{a: a #b}", "{a: --- }",
	};
	struct buf b = BUF_INIT;
	bool all = true;

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		if (!same(text[i], strlen(text[i]), 7)) {
			all = false;
			note("%s\n# %s", why, text[i]);
		}
	ok(all, "so do %zu strange ones", sizeof text / sizeof *text);
	ok(same("{a: \"x\0y\"}", 10, 1) && same("{a: x\0y}", 8, 1), "and such with a NUL");

	for (int n = 90; n < 120; n++) {
		buf_reset(&b);
		buf_adds(&b, "{");
		for (int i = 0; i < n; i++)
			buf_addf(&b, "%sk%d: %d", i ? ", " : "", i, i);
		buf_adds(&b, "}");
		if (!same(b.s, b.len, 1))
			all = false;
	}
	ok(all, "and such with many keys");
	for (int n = 1000; n < 1040 && all; n++) {
		buf_reset(&b);
		buf_addc(&b, '{');
		for (int i = 0; i < n; i++)
			buf_addc(&b, 'k');
		buf_adds(&b, ": 1}");
		all = same(b.s, b.len, 1);
	}
	ok(all, "and such with long keys: %s", why);
	buf_free(&b);
}

/* A report may name thousands of files, with their texts. */
static void long_lines(void)
{
	struct buf b = BUF_INIT;
	struct diag d = DIAG_INIT;

	for (int umlaut = 0; umlaut < 2; umlaut++) {
		buf_reset(&b);
		buf_adds(&b, "{files: [");
		for (int i = 0; i < 2500; i++)
			buf_addf(&b, "%s{path: p%d, size: 1, text: \"%01000d%s\"}", i ? ", " : "", i, i,
				 umlaut ? "\xc3\xa4" : "");
		buf_adds(&b, "]}");
		is_int(tree_parse_line(&fast, b.s, b.len, 1, 1, &d), 0, "a line of %zu kB is read%s: %s",
		       b.len / 1000, umlaut ? " by libyaml" : "", d.text);
		ok(fast.root && fast.root->child->count == 2500, "whole");
	}
	buf_reset(&b);
	buf_adds(&b, "{files: [");
	for (int i = 0; i < 30000; i++)
		buf_addf(&b, "%s%d", i ? ", " : "", i);
	buf_adds(&b, "]}");
	is_int(tree_parse_line(&fast, b.s, b.len, 1, 1, &d), -1, "but the number of values is limited");
	like(d.text, "more than 20000 values", "as it is elsewhere");
	buf_free(&b);
}

int main(void)
{
	particular_lines();
	random_lines();
	long_lines();
	tree_free(&fast);
	tree_free(&slow);
	return done();
}
