/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "tap.h"

static struct tree tree = TREE_INIT;

static int parse(const char *text, struct diag *d)
{
	*d = (struct diag)DIAG_INIT;
	return tree_parse(&tree, text, strlen(text), NULL, d);
}

static void shapes_of_trees(void)
{
	struct diag d;
	const struct node *n;

	is_int(parse("a: 1\nb:\n- x\n- {c: d}\n- [e, 'f']\ng: \"h\\ti\"\n", &d), 0, "a document");
	if (!tree.root)
		bail("%s", d.text);
	ok(tree.root->kind == NODE_MAP && tree.root->count == 3, "is a mapping of three");
	n = node_get(tree.root, "a");
	ok(n && n->kind == NODE_SCALAR && !n->quoted && !strcmp(n->text, "1") && n->len == 1,
	   "with a plain text");
	is_int(n->key_line * 100 + n->key_col, 101, "whose key stands on line 1, column 1");
	is_int(n->line * 100 + n->col, 104, "and whose value in column 4");
	n = node_get(tree.root, "b");
	ok(n && n->kind == NODE_SEQ && n->count == 3, "a list of three");
	is_int(n->line * 100 + n->col, 301, "which begins on its own line");
	is_int(n->key_line * 100 + n->key_col, 201, "below its key");
	n = n->child->next;
	ok(n->kind == NODE_MAP && !strcmp(n->child->key, "c"), "a mapping in it");
	is_int(n->line * 100 + n->col, 403, "on line 4, column 3");
	ok(!n->key && !n->key_line, "that has no key itself");
	ok(n->next->child->next->quoted, "a text in quotes is known as such");
	is_str(node_get(tree.root, "g")->text, "h\ti", "escapes are undone");
	is_int(node_get(tree.root, "g")->len, 3, "and counted as one");
	ok(!node_get(tree.root, "z") && !node_get(n->next, "a") && !node_get(NULL, "a"),
	   "what is not there is not found");
	is_int(tree.nodes, 10, "every value is counted");
}

static void nothing(void)
{
	static const char *const empty[] = { "", "\n\n", "# only words\n", " ", "\t\n" };
	static const char *const null[] = { "a:", "a: ~", "a: null", "a: Null", "a: NULL", "a: \n", "{a: }" };
	static const char *const text[] = { "a: ''", "a: 'null'", "a: \"~\"", "a: nULL", "a: |\n  null", "a: no" };
	struct diag d;

	for (size_t i = 0; i < sizeof empty / sizeof *empty - 1; i++)
		ok(parse(empty[i], &d) == 0 && !tree.root, "no document in \"%s\"", i == 2 ? "a comment" : "blanks");
	for (size_t i = 0; i < sizeof null / sizeof *null; i++)
		ok(parse(null[i], &d) == 0 && node_get(tree.root, "a")->kind == NODE_NULL &&
		   !strcmp(node_get(tree.root, "a")->text, ""), "nothing is in %s", null[i]);
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		ok(parse(text[i], &d) == 0 && node_get(tree.root, "a")->kind == NODE_SCALAR,
		   "a text is in %s", text[i]);
	ok(parse("---\n", &d) == 0 && tree.root && tree.root->kind == NODE_NULL,
	   "a document of nothing is a document");
}

/* What is refused, where, and in which words. */
static void refuses(void)
{
	static const struct { const char *text; int line, col; const char *said; } bad[] = {
		{ "a: &x 1", 1, 4, "the anchor \"&x\": anchors and aliases are not taken" },
		{ "a:\n- &list [1]", 2, 3, "the anchor \"&list\"" },
		{ "a: &m {b: 1}", 1, 4, "the anchor \"&m\"" },
		{ "a: *x", 1, 4, "an alias: anchors and aliases are not taken" },
		{ "a: 1\n*x : 2", 2, 1, "an alias" },
		{ "<<: *x", 1, 5, "an alias" },
		{ "a: !!str 1", 1, 4, "the tag \"tag:yaml.org,2002:str\": tags are not taken" },
		{ "a: !local [1]", 1, 4, "the tag \"!local\"" },
		{ "--- !!map\na: 1", 1, 5, "the tag" },
		{ "a: ! b", 1, 4, "the tag \"!\"" },
		{ "a: 1\nb: 2\na: 3", 3, 1, "the key \"a\" stands here a second time; first on line 1" },
		{ "x: {a: 1, 'a': 2}", 1, 11, "the key \"a\" stands here a second time; first on line 1" },
		{ "? [a]\n: 1", 1, 3, "a key has to be a plain text, not a list or a mapping" },
		{ "{{a: 1}: 2}", 1, 2, "a key has to be a plain text" },
		{ "a: 1\n---\nb: 2", 2, 1, "a second document begins; one file holds one document" },
		{ "a: 1\n...\n---\n{}", 3, 1, "a second document" },
		{ "a: 1\n...\n{}", 3, 1, "did not find expected <document start>" },
		{ "---\n---\n", 2, 1, "a second document" },
		{ "a: \"x\\0y\"", 1, 4, "a NUL character inside a text" },
		{ "a: [1, 2", 2, 1, "did not find expected ',' or ']'" },
		{ "a: 'x", 1, 6, "found unexpected end of stream, while scanning a quoted scalar on line 1" },
		{ "a:\n\t- b", 2, 1, "found a tab, expected spaces" },
		{ "a: b\n\tc: d", 2, 1, "found a tab, expected spaces" },
		{ "a: b: c", 1, 5, "a text with \": \" in it needs quotes" },
		{ "a: 1\n b: 2", 2, 3, "found a second \":\" for one key" },
		{ "a: 1\nb\nc: 2", 2, 1, "found a line that is not \"KEY: VALUE\"" },
		{ "\xc3\xa4: `x", 1, 4, "found \"`\", which begins a text only in quotes" },
		{ "a: @x", 1, 4, "found \"@\", which begins a text only in quotes" },
		{ "%YAML 3.0\n---\na: 1", 1, 1, "incompatible YAML document" },
		{ "%YAML 1.1\n%YAML 1.1\n---\na: 1", 2, 1, "duplicate %YAML directive" },
		{ "a: \"\\q\"", 1, 5, "found unknown escape character" },
		{ "a: |x\n  y", 1, 5, "did not find expected comment or line break" },
		{ "a: 1\r\nb: 2\r\na: 3\r\n", 3, 1, "the key \"a\" stands here a second time" },
		{ "\"\xc3\xa4\": 1\n\xc3\xa4: 2", 2, 1, "the key \"\xc3\xa4\" stands here a second time" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80: *x", 1, 6, "an alias" },
	};
	struct diag d;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char name[60];

		snprintf(name, sizeof name, "%.50s", bad[i].text);
		for (char *s = name; *s; s++)
			if (*s == '\n' || *s == '\r')
				*s = ' ';
		is_int(parse(bad[i].text, &d), -1, "refused: %s", name);
		like(d.text, bad[i].said, "with the reason");
		is_int(d.line * 1000 + d.col, bad[i].line * 1000 + bad[i].col, "and the place");
		ok(!tree.root && !d.err, "and nothing is left of it");
	}
}

static void strange_bytes(void)
{
	static const struct { const char *text; size_t len; int line, col; const char *said; } bad[] = {
		{ "a: b\nc: \xff\xfe", 10, 2, 4, "invalid leading UTF-8 octet (byte 8)" },
		{ "a: \xc3", 4, 1, 4, "incomplete UTF-8 octet sequence (byte 3)" },
		{ "a: \xc3(", 5, 1, 5, "invalid trailing UTF-8 octet (byte 4)" },
		{ "a: \xc0\x80", 5, 1, 4, "invalid length of a UTF-8 sequence (byte 3)" },
		{ "a: \xed\xa0\x80", 6, 1, 4, "invalid Unicode character (byte 3)" },
		{ "a: \xf5\x80\x80\x80", 7, 1, 4, "invalid Unicode character (byte 3)" },
		{ "a: b\0c", 6, 1, 5, "control characters are not allowed (byte 4)" },
		{ "\0\0\0\0", 4, 1, 1, "control characters are not allowed (byte 0)" },
		{ "a: \x7f", 4, 1, 4, "control characters are not allowed (byte 3)" },
		{ "a: \x1b[0m", 7, 1, 4, "control characters are not allowed (byte 3)" },
		{ "\x7f" "ELF\x02\x01\x01", 7, 1, 1, "control characters are not allowed (byte 0)" },
		{ "\xff\xfe" "a\0:\0", 6, 1, 1, "invalid leading UTF-8 octet (byte 0)" },
	};
	struct diag d;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		d = (struct diag)DIAG_INIT;
		is_int(tree_parse(&tree, bad[i].text, bad[i].len, NULL, &d), -1, "bytes that are no text: %zu", i);
		like(d.text, bad[i].said, "are named");
		is_int(d.line * 1000 + d.col, bad[i].line * 1000 + bad[i].col, "with their place");
	}
	ok(parse("a: \xc2\xa0\xf0\x9f\x98\x80\xee\x80\x80", &d) == 0, "what is UTF-8 is taken");
	ok(parse("a:\xc2\x85" "b: 1", &d) == 0 || d.text[0], "whatever NEL is taken for");
}

static void line_ends(void)
{
	struct diag d;

	ok(parse("a: 1\r\nb: |\r\n  x\r\n  y\r\n", &d) == 0, "lines may end in CR LF: %s", d.text);
	is_int(tree.root->count, 2, "and mean the same");
	is_str(node_get(tree.root, "b")->text, "x\ny\n", "also in a block");
	ok(parse("a: 1\rb: 2\r", &d) == 0 && tree.root->count == 2, "or in CR");
	ok(parse("a:\t1\n", &d) == 0 && !strcmp(tree.root->child->text, "1"), "a tab may separate");
	ok(parse("{\"task\": {\"type\": \"process\",\n\t\"spec\": {}}, \"name\": \"x\"}", &d) == 0 &&
	   tree.root->count == 2, "JSON is YAML, also with tabs: %s", d.text);
	ok(parse("{\"a\":1,\"b\":[true,null,1.5e3]}", &d) == 0 &&
	   node_get(tree.root, "b")->child->next->kind == NODE_NULL, "and without blanks: %s", d.text);
	is_int(parse("\xef\xbb\xbf" "a: 1", &d), 0, "a BOM is taken by the parser, too");
}

static void add_deep(struct buf *b, int levels, const char *open, const char *close)
{
	buf_reset(b);
	for (int i = 0; i < levels; i++)
		buf_adds(b, open);
	for (int i = 0; i < levels; i++)
		buf_adds(b, close);
}

static void depth(void)
{
	struct buf b = BUF_INIT;
	struct diag d;

	add_deep(&b, 64, "[", "]");
	is_int(parse(b.s, &d), 0, "64 levels are taken: %s", d.text);
	add_deep(&b, 65, "[", "]");
	is_int(parse(b.s, &d), -1, "65 are not");
	like(d.text, "nested deeper than 64 levels", "and it says so");
	is_int(d.col, 65, "where the 65th begins");
	add_deep(&b, 100000, "[", "]");
	is_int(parse(b.s, &d), -1, "nor 100,000");
	is_int(d.col, 65, "found at the same place");
	add_deep(&b, 100000, "{a: ", "}");
	is_int(parse(b.s, &d), -1, "nor as mappings");
	buf_reset(&b);
	for (int i = 0; i < 1000; i++) {
		for (int k = 0; k < i; k++)
			buf_addc(&b, ' ');
		buf_adds(&b, "a:\n");
	}
	is_int(parse(b.s, &d), -1, "nor as blocks");
	is_int(d.line * 1000 + d.col, 65 * 1000 + 65, "found at the first that is too deep");
	buf_reset(&b);
	for (int i = 0; i < 20000; i++)
		buf_adds(&b, "- ");
	is_int(parse(b.s, &d), -1, "nor as one line of dashes");
	buf_free(&b);
}

static void sizes(void)
{
	struct tree_limits small = { 100, 5, 2 };
	struct buf b = BUF_INIT;
	struct diag d = DIAG_INIT;

	is_int(tree_parse(&tree, "[1, 2, 3, 4]", 12, &small, &d), 0, "as many values as the limits allow");
	is_int(tree_parse(&tree, "[1, 2,\n3, 4, 5]", 15, &small, &d), -1, "but not one more");
	like(d.text, "more than 5 values; a document may not hold more", "which is named");
	is_int(d.line * 100 + d.col, 207, "at its place");
	for (int i = 0; i < 101; i++)
		buf_addc(&b, '#');
	is_int(tree_parse(&tree, b.s, 100, &small, &d), 0, "as many bytes");
	is_int(tree_parse(&tree, b.s, 101, &small, &d), -1, "but not one more");
	like(d.text, "101 bytes; at most 100 are taken", "which is named");

	buf_reset(&b);
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "k%d: %d\n", i, i);
	is_int(parse(b.s, &d), 0, "a thousand keys are taken");
	is_str(node_get(tree.root, "k999")->text, "999", "and found");
	buf_adds(&b, "one-more: 1\n");
	is_int(parse(b.s, &d), -1, "but not one more");
	like(d.text, "more than 1000 keys in one mapping", "which is named");
	is_int(d.line, 1001, "at its place");

	buf_reset(&b);
	for (int i = 0; i < 100000; i++)
		buf_addf(&b, "- %d\n", i);
	is_int(parse(b.s, &d), -1, "a list of 100,000 is too much for a job");
	is_int(d.line, 20000, "from the 20,000th value on");
	is_int(tree_parse(&tree, b.s, b.len, &tree_limits_site, &d), 0, "but not for a site");
	is_int(tree.root->count, 100000, "and is read whole");
	buf_free(&b);
}

/* Nine levels of nine: a billion, if it were expanded. */
static void bomb(void)
{
	struct buf b = BUF_INIT;
	struct diag d;

	buf_adds(&b, "a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n");
	for (int i = 1; i < 9; i++) {
		buf_addf(&b, "a%d: &a%d [", i, i);
		for (int k = 0; k < 9; k++)
			buf_addf(&b, "%s*a%d", k ? "," : "", i - 1);
		buf_adds(&b, "]\n");
	}
	is_int(parse(b.s, &d), -1, "a bomb of aliases is refused");
	is_int(d.line * 100 + d.col, 105, "at its first anchor");
	buf_free(&b);
}

static void memory_is_used_again(void)
{
	struct tree t = TREE_INIT;
	struct diag d;
	char *mine;

	for (int i = 0; i < 100; i++)
		if (tree_parse(&t, "{a: [1, 2, {b: c}]}", 19, NULL, &d) < 0 || t.nodes != 6)
			bail("%s", d.text);
	ok(t.root && node_get(t.root, "a")->count == 3, "a tree can be filled again and again");
	mine = tree_strdup(&t, "abcdef", 3);
	is_str(mine, "abc", "and used for texts of one's own");
	ok(tree_alloc(&t, 1000000), "also for large ones");
	ok(!tree_alloc(&t, (size_t)-1 / 2), "but not for impossible ones");
	is_int(tree_parse(&t, "[", 1, NULL, &d), -1, "a failure empties it");
	ok(!t.root, "so that nothing old is taken for new");
	tree_free(&t);
	ok(!t.root && !t.chunks, "it can be given back");
	tree_free(&t);
}

static void describes(void)
{
	char out[64];
	struct diag d;

	parse("[[], {}, ~, abc, 01234567890123456789012345678901234567890123456789]", &d);
	const struct node *n = tree.root->child;

	is_str(node_describe(n, out), "a list", "a list");
	is_str(node_describe(n->next, out), "a mapping", "a mapping");
	is_str(node_describe(n->next->next, out), "nothing", "nothing");
	is_str(node_describe(NULL, out), "nothing", "not even nothing");
	is_str(node_describe(n->next->next->next, out), "\"abc\"", "a text");
	is_str(node_describe(n->next->next->next->next, out), "\"0123456789012345678901234567890123456789...\"",
	       "a long text");
}

int main(void)
{
	shapes_of_trees();
	nothing();
	refuses();
	strange_bytes();
	line_ends();
	depth();
	sizes();
	bomb();
	memory_is_used_again();
	describes();
	tree_free(&tree);
	return done();
}
