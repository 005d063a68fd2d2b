/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "chance.h"
#include "tap.h"

/* --- writing ------------------------------------------------------------------ */

static const char *written(struct buf *b, const char *text, size_t n)
{
	buf_reset(b);
	line_scalar(b, text, n);
	return b->s;
}

static void scalars(void)
{
	static const struct { const char *text, *as; } some[] = {
		{ "abc", "abc" }, { "a-b_c.d/e+f@g", "a-b_c.d/e+f@g" }, { "a:b", "a:b" }, { "/x", "/x" },
		{ "a:", "\"a:\"" }, { ":a", "\":a\"" }, { "", "\"\"" }, { " ", "\" \"" }, { "a b", "\"a b\"" },
		{ "-a", "\"-a\"" }, { "@a", "\"@a\"" }, { ".a", "\".a\"" }, { "+a", "\"+a\"" }, { "_a", "\"_a\"" },
		{ "12", "\"12\"" }, { "1.5", "\"1.5\"" }, { "1e5", "\"1e5\"" }, { "1_000", "\"1_000\"" },
		{ "12:30", "\"12:30\"" }, { "0x1F", "\"0x1F\"" }, { "0o17", "\"0o17\"" }, { "1e-5", "\"1e-5\"" },
		{ "1234e5678", "\"1234e5678\"" }, { "12ab", "12ab" }, { "1.2.3", "\"1.2.3\"" },
		{ "2026-11-22", "2026-11-22" }, { "true", "\"true\"" }, { "No", "\"No\"" }, { "NULL", "\"NULL\"" },
		{ "y", "\"y\"" }, { "nope", "nope" }, { "x\ny", "\"x\\ny\"" }, { "x\ty", "\"x\\ty\"" },
		{ "x\ry", "\"x\\ry\"" }, { "\"\\", "\"\\\"\\\\\"" }, { "\x01\x7f", "\"\\x01\\x7f\"" },
		{ "\xc3\xa4", "\"\xc3\xa4\"" }, { "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
		{ "\xc2\x85", "\"\\x85\"" }, { "\xe2\x80\xa8", "\"\\u2028\"" }, { "\xef\xbb\xbf", "\"\\ufeff\"" },
		{ "\xff", "\"\xef\xbf\xbd\"" }, { "a\xc3", "\"a\xef\xbf\xbd\"" }, { "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" }, { "{x}", "\"{x}\"" }, { "a,b", "\"a,b\"" }, { "#a", "\"#a\"" },
	};
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < sizeof some / sizeof *some; i++)
		is_str(written(&b, some[i].text, strlen(some[i].text)), some[i].as, "written as %s", some[i].as);
	is_str(written(&b, "a\0b", 3), "\"a\\x00b\"", "a NUL has an escape");
	buf_free(&b);
}

static void values(void)
{
	struct buf b = BUF_INIT;

	line_begin(&b);
	line_text(&b, "event", "as signed");
	line_textn(&b, "part", "abcdef", 3);
	line_int(&b, "least", INT64_MIN);
	line_int(&b, "most", INT64_MAX);
	line_int(&b, "zero", 0);
	line_real(&b, "wall", 1.25, 3);
	line_real(&b, "nan", 0.0 / 0.0, 1);
	line_time(&b, "time", INT64_C(1795316400123000));
	line_raw(&b, "list", "[1, 2]");
	line_end(&b);
	is_str(b.s, "--- {event: \"as signed\", part: abc, least: -9223372036854775808, "
	       "most: 9223372036854775807, zero: 0, wall: 1.250, nan: 0.0, "
	       "time: 2026-11-22T03:00:00.123Z, list: [1, 2]}\n", "all kinds of values");
	buf_reset(&b);
	line_begin(&b);
	line_end(&b);
	is_str(b.s, "--- {}\n", "and none");
	buf_free(&b);
}

/* --- enclosed documents -------------------------------------------------------- */

/* Bodies, and how many documents they are to a reader of the stream. */
static const struct body { const char *text; const char *sep; int documents; } bodies[] = {
	{ "task: {type: process}\n", "---\n", 1 },
	{ "no newline: at the end", "---\n", 1 },
	{ "", "---\n", 1 },
	{ "\n", "---\n", 1 },
	{ "# only a comment", "---\n", 1 },
	{ "---\na: 1\n", "", 1 },
	{ "--- {a: 1}", "", 1 },
	{ "---", "", 1 },
	{ "---\ta: 1\n", "", 0 },
	{ "---\t[1]\n", "", 1 },
	{ "---a: 1\n", "---\n", 1 },
	{ "# first a comment\n\n  # another\n---\na: 1\n", "", 1 },
	{ "%YAML 1.1\n---\na: 1\n", "...\n", 1 },
	{ "# c\n%TAG !e! tag:e,2000:\n---\na: 1\n...\n", "...\n", 1 },
	{ "{\"task\": {\"type\": \"process\"}}", "---\n", 1 },
	{ "a: |\n  --- {event: forged}\n  ---\n", "---\n", 1 },
	{ "a: \"\n--- x\"\n", "---\n", 0 },
	{ "a: 1\n...\n", "---\n", 1 },
	{ "a: 1\r\nb: 2\r\n", "---\n", 1 },
	{ "# c\r---\ra: 1\r", "", 1 },
	{ "a: 1\rb: 2", "---\n", 1 },
	{ "a: 1\n\n\n\n", "---\n", 1 },
	{ "a: \xc3\xa4\xe2\x82\xac", "---\n", 1 },
};
enum { BODIES = sizeof bodies / sizeof *bodies };

static int documents_of(const char *text, size_t len)
{
	yaml_parser_t p;
	yaml_event_t e;
	int n = 0, end = 0;

	yaml_parser_initialize(&p);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	while (!end) {
		if (!yaml_parser_parse(&p, &e)) {
			n = -1;
			break;
		}
		n += e.type == YAML_DOCUMENT_START_EVENT;
		end = e.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&p);
	return n;
}

/* line, enclosed, line, enclosed, line; the places behind each in whole[]. */
static void build(struct buf *b, const struct body *one, const struct body *two, size_t whole[6])
{
	const struct body *body[] = { one, two };

	buf_reset(b);
	whole[0] = 0;
	for (int i = 0; i < 5; i++) {
		line_begin(b);
		line_int(b, "n", i);
		line_text(b, "name", "x y");
		if (i & 1)
			line_body(b, body[i / 2]->text, strlen(body[i / 2]->text));
		else
			line_end(b);
		whole[i + 1] = b->len;
	}
}

static bool lines_are(const char *text, size_t len, const struct body *one, const struct body *two,
		      int want, struct diag *d, struct line_reader *r, int *got)
{
	const struct body *body[] = { one, two };
	struct line l;
	bool right = true;
	char n[12];
	int i;

	line_open(r, text, len);
	for (i = 0; (*got = line_next(r, &l, d)) > 0; i++) {
		snprintf(n, sizeof n, "%d", i);
		right &= line_key_equals(&l, "n", n) && line_key_equals(&l, "name", "x y");
		if (i & 1)
			right &= l.body && l.body_len == strlen(body[i / 2]->text) &&
				 !memcmp(l.body, body[i / 2]->text, l.body_len);
		else
			right &= !l.body;
	}
	return right && i == want;
}

static void round_trips(void)
{
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct diag d;
	size_t whole[6];
	bool same = true, yaml = true;
	int got;

	for (int i = 0; i < BODIES; i++) {
		for (int k = 0; k < BODIES; k++) {
			int want = 3 + 2 + bodies[i].documents + bodies[k].documents;

			build(&b, &bodies[i], &bodies[k], whole);
			d = (struct diag)DIAG_INIT;
			if (!lines_are(b.s, b.len, &bodies[i], &bodies[k], 5, &d, &r, &got) || got ||
			    r.at != b.s + b.len) {
				note("%d and %d: %s", i, k, d.text);
				same = false;
			}
			line_close(&r);
			if (yaml && bodies[i].documents && bodies[k].documents && documents_of(b.s, b.len) != want) {
				note("%d documents instead of %d in\n%s", documents_of(b.s, b.len), want, b.s);
				yaml = false;
			}
		}
		buf_reset(&b);
		line_begin(&b);
		line_body(&b, bodies[i].text, strlen(bodies[i].text));
		like(strchr(b.s, '\n') + 1, bodies[i].sep, "the separator of body %d", i);
		ok(!strncmp(strchr(b.s, '\n') + 1 + strlen(bodies[i].sep), bodies[i].text,
			    strlen(bodies[i].text)), "and right behind it the body");
	}
	ok(same, "what was enclosed comes out as it was, any two of %d", BODIES);
	ok(yaml, "and to any YAML reader the whole is a plain stream");
	buf_free(&b);
}

/* Cut at every byte: what was whole is found, and the place of the cut. */
static void torn(void)
{
	struct buf b = BUF_INIT;
	struct line_reader r;
	size_t whole[6];
	bool all = true;
	int cuts = 0, got;

	for (int i = 0; i < BODIES; i++) {
		const struct body *one = &bodies[i], *two = &bodies[(i + 7) % BODIES];

		build(&b, one, two, whole);
		for (size_t cut = 0; cut < b.len; cut++, cuts++) {
			char *copy = malloc(cut + 1);
			struct diag d = DIAG_INIT;
			int n = 0;

			/* A copy of its own size, so that a sanitizer sees a step too far. */
			memcpy(copy, b.s, cut);
			while (n < 5 && whole[n + 1] <= cut)
				n++;
			if (!lines_are(copy, cut, one, two, n, &d, &r, &got) ||
			    (size_t)(r.at - copy) != whole[n] ||
			    (cut == whole[n] ? got != 0 : got != -1 || d.err != ENODATA)) {
				note("body %d, cut at %zu of %zu: %d, %d \"%s\", at %zu", i, cut, b.len, got,
				     d.err, d.text, (size_t)(r.at - copy));
				all = false;
			}
			line_close(&r);
			free(copy);
		}
	}
	ok(all, "torn at any of %d bytes everything before is whole", cuts);
	buf_free(&b);
}

static void refuses(void)
{
	static const struct { const char *text; int line, col, err; const char *said; } bad[] = {
		{ "abc\n", 1, 1, 0, "expected a line of the form `--- {key: value, ...}`" },
		{ "---\n", 1, 1, 0, "expected a line" },
		{ "--- a\n", 1, 1, 0, "expected a line" },
		{ "--- {a: 1\n", 1, 1, 0, "expected a line" },
		{ "--- {a: 1} \n", 1, 1, 0, "expected a line" },
		{ "--- {a: 1}\r\n", 1, 1, 0, "expected a line" },
		{ "\n", 1, 1, 0, "expected a line" },
		{ "--- {a: 1}\n\n", 2, 1, 0, "expected a line" },
		{ "--- {a: 1}\n--- {a: [}\n", 2, 0, 0, "not YAML" },
		{ "--- {a: 1, a: 2}\n", 1, 12, 0, "a second time" },
		{ "--- {a: 1}\n--- {b: 1}", 2, 0, ENODATA, "the last line has no end" },
		{ "--- {bytes: -1}\n---\n", 1, 13, 0, "`bytes` has to be a whole number below 1000000000" },
		{ "--- {bytes: 1000000000}\n---\n", 1, 13, 0, "`bytes`" },
		{ "--- {bytes: \"3\"}\n---\nabc\n", 1, 13, 0, "`bytes`" },
		{ "--- {bytes: [3]}\n---\nabc\n", 1, 13, 0, "`bytes`" },
		{ "--- {skip: 5, bytes: 1}\n---\n", 1, 12, 0, "`skip` has to be 0 or 4" },
		{ "--- {skip: x, bytes: 1}\n---\n", 1, 12, 0, "`skip`" },
		{ "--- {bytes: 10}\n---\nabc\n", 1, 0, ENODATA, "shorter than its `bytes`" },
		{ "--- {bytes: 3}\n---\nabc", 1, 0, ENODATA, "has no end" },
		{ "--- {bytes: 2}\n---\nabc\n", 1, 0, 0, "`bytes` does not end at the end of a line" },
		{ "--- {bytes: 999999999}\n", 1, 0, ENODATA, "shorter than its `bytes`" },
	};
	struct line_reader r;
	struct line l;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct diag d = DIAG_INIT;
		int got;

		line_open(&r, bad[i].text, strlen(bad[i].text));
		while ((got = line_next(&r, &l, &d)) > 0)
			;
		is_int(got, -1, "refused: line %zu", i);
		like(d.text, bad[i].said, "with the reason");
		is_int(d.line, bad[i].line, "and the line");
		ok(!bad[i].col || d.col == bad[i].col, "and the column, %d", d.col);
		is_int(d.err, bad[i].err, "torn only if it is torn");
		line_close(&r);
	}
}

static void numbers(void)
{
	const char *text = "--- {a: 1}\n--- {bytes: 8}\n---\nb: 1\nc\n\n--- {skip: 0, bytes: 9}\n---\nd: 1\n"
			   "--- {bytes: 0}\n---\n--- {e: 1}\n";
	static const int line[] = { 1, 2, 7, 10, 12 }, body[] = { 0, 4, 8, 12, 0 };
	struct line_reader r;
	struct line l;
	struct diag d = DIAG_INIT;
	int i = 0;

	line_open(&r, text, strlen(text));
	while (line_next(&r, &l, &d) > 0 && i < 5) {
		is_int(l.number, line[i], "document %d begins on line %d", i, line[i]);
		is_int(l.body_line, body[i], "what it encloses on line %d", body[i]);
		is_int(l.map->line, line[i], "and its values know that");
		i++;
	}
	is_int(i, 5, "all were read: %s", d.text);
	line_close(&r);
}

/* --- names as people and programs give them ----------------------------------------- */

/* What is not UTF-8 becomes U+FFFD; utf8 says whether anything had to. */
static bool comes_back(const char *name, size_t n, bool utf8)
{
	struct buf b = BUF_INIT;
	struct line_reader r;
	struct line l;
	struct diag d = DIAG_INIT;
	const struct node *v;
	bool good;

	line_begin(&b);
	line_textn(&b, "name", name, n);
	line_text(&b, "after", "it");
	line_end(&b);
	line_open(&r, b.s, b.len);
	good = line_next(&r, &l, &d) == 1 && (v = node_get(l.map, "name")) && v->kind == NODE_SCALAR &&
	       line_key_equals(&l, "after", "it") && line_next(&r, &l, &d) == 0 &&
	       memchr(b.s, '\n', b.len) == b.s + b.len - 1;
	if (good && utf8)
		good = v->len == n && !memcmp(v->text, name, n);
	if (!good)
		note("%s\n# %s", b.s, d.text);
	line_close(&r);
	buf_free(&b);
	return good;
}

static size_t random_utf8(char *out, unsigned chars)
{
	static const unsigned up_to[] = { 0x80, 0x100, 0x3000, 0xd800, 0x110000 };
	char *at = out;

	while (chars--) {
		unsigned c = 1 + chance(up_to[chance(5)] - 1);

		if (c >= 0xd800 && c < 0xe000)
			c = 0xfffd;
		if (c < 0x80) {
			*at++ = (char)c;
		} else if (c < 0x800) {
			*at++ = (char)(0xc0 | c >> 6);
			*at++ = (char)(0x80 | (c & 63));
		} else if (c < 0x10000) {
			*at++ = (char)(0xe0 | c >> 12);
			*at++ = (char)(0x80 | (c >> 6 & 63));
			*at++ = (char)(0x80 | (c & 63));
		} else {
			*at++ = (char)(0xf0 | c >> 18);
			*at++ = (char)(0x80 | (c >> 12 & 63));
			*at++ = (char)(0x80 | (c >> 6 & 63));
			*at++ = (char)(0x80 | (c & 63));
		}
	}
	return (size_t)(at - out);
}

static void names(void)
{
	char name[400];
	bool all = true;

	for (int i = 0; i < 20000 && all; i++) {
		size_t n = chance(60);

		for (size_t k = 0; k < n; k++)
			name[k] = (char)(1 + chance(255));
		all = comes_back(name, n, false);
	}
	ok(all, "any bytes can be a name, and what stands behind it is not touched");
	for (int i = 0; i < 20000 && all; i++)
		all = comes_back(name, random_utf8(name, chance(30)), true);
	ok(all, "any UTF-8 comes back as it was");
	for (unsigned c = 1; c < 128 && all; c++)
		for (unsigned k = 1; k < 128 && all; k++) {
			char two[] = { (char)c, (char)k };

			all = comes_back(two, 1, true) && comes_back(two, 2, true);
		}
	ok(all, "so do any two characters");
}

int main(void)
{
	scalars();
	values();
	round_trips();
	torn();
	refuses();
	numbers();
	names();
	return done();
}
