/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "field.h"

#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "tap.h"
#include "uuid.h"

static const char *const colours[] = { "red", "green", "blue", NULL };

struct all {
	const char *text, *name;
	bool flag, has_count;
	uint32_t count, small;
	int64_t number, wait, when;
	double real;
	uint64_t size;
	struct uuid id;
	struct digest digest;
	int colour;
	const struct node *node, *map, *seq;
};

#define AT(field) .offset = offsetof(struct all, field)

static const struct field fields[] = {
	{ "text", FIELD_TEXT, AT(text), .max = 10 },
	{ "name", FIELD_NAME, AT(name) },
	{ "flag", FIELD_BOOL, AT(flag) },
	{ "min-count", FIELD_COUNT, AT(count), .alias = "mincount",
	  .present = offsetof(struct all, has_count) },
	{ "small", FIELD_COUNT, AT(small), .min = 1, .max = 255 },
	{ "number", FIELD_INT, AT(number) },
	{ "wait", FIELD_DURATION, AT(wait), .min = 1 },
	{ "when", FIELD_INSTANT, AT(when) },
	{ "real", FIELD_REAL, AT(real) },
	{ "size", FIELD_SIZE, AT(size), .max = 1000000 },
	{ "id", FIELD_UUID, AT(id) },
	{ "digest", FIELD_DIGEST, AT(digest) },
	{ "colour", FIELD_CHOICE, AT(colour), .choices = colours },
	{ "node", FIELD_NODE, AT(node) },
	{ "map", FIELD_MAP, AT(map) },
	{ "seq", FIELD_SEQ, AT(seq) },
	{ "other", FIELD_IGNORE, .offset = 0 },
	{ NULL }
};

static struct tree tree = TREE_INIT;

static int read_all(const char *text, struct all *a, struct diag *d)
{
	if (tree_parse(&tree, text, strlen(text), NULL, d) < 0)
		bail("%s: %s", text, d->text);
	return field_read(tree.root, "a thing", fields, a, d);
}

static void reads(void)
{
	struct diag d = DIAG_INIT;
	struct all a = { .small = 7 };

	is_int(read_all("text: x y\nname: a-b_c.d+e@f\nflag: yes\nmin-count: 12\nnumber: -5\n"
			"wait: PT1H\nwhen: 2026-11-22T03:00Z\nreal: -1.5e2\nsize: 16kB\n"
			"id: 01939a3c-0000-7000-8000-000000000001\ncolour: blue\n"
			"node:\nmap: {a: 1}\nseq: [1, 2]\nother: [what, ever]\n", &a, &d), 0,
	       "all types are read: %s", d.text);
	is_str(a.text, "x y", "text");
	is_str(a.name, "a-b_c.d+e@f", "name");
	ok(a.flag, "bool");
	is_int(a.count, 12, "count");
	ok(a.has_count, "and it is known to be there");
	is_int(a.small, 7, "a field that is not there keeps what was in it");
	is_int(a.number, -5, "number");
	is_int(a.wait, INT64_C(3600000000), "duration");
	is_int(a.when, INT64_C(1795316400000000), "instant");
	ok(a.real == -150, "real");
	is_int(a.size, 16000, "size");
	is_int(a.id.b[15], 1, "uuid");
	is_int(a.colour, 2, "choice");
	ok(a.node && a.node->kind == NODE_NULL, "a node may be nothing");
	ok(a.map && a.map->count == 1, "map");
	ok(a.seq && a.seq->count == 2, "seq");
}

static void spellings(void)
{
	static const char *const ways[] = { "min-count", "min_count", "mincount" };
	struct diag d;

	for (size_t i = 0; i < 3; i++) {
		struct all a = { 0 };
		char text[40];

		snprintf(text, sizeof text, "%s: 3", ways[i]);
		is_int(read_all(text, &a, &d), 0, "%s is taken", ways[i]);
		is_int(a.count, 3, "and means min-count");
		is_str(field_get(tree.root, fields, "min-count")->key, ways[i],
		       "and can be found by its row's name");
	}
}

/* What is refused, where, and in which words. */
static void refuses(void)
{
	static const struct { const char *text; int line, col; const char *said; } bad[] = {
		{ "[1]", 1, 1, "a thing: expected a mapping, found a list" },
		{ "colr: red", 1, 1, "unknown field \"colr\" in a thing; did you mean \"colour\"?" },
		{ "small: 1\nMin-Conut: 2", 2, 1, "did you mean \"min-count\"?" },
		{ "zzzzzzzz: 2", 1, 1, "expected one of: text, name, flag, min-count, small" },
		{ "min-count: 1\nmin_count: 1", 2, 1,
		  "\"min_count\" says again what \"min-count\" said in a thing" },
		{ "text:", 1, 6, "text: expected a text, found nothing" },
		{ "text: ''", 1, 7, "text: expected a text, found an empty one" },
		{ "text: abcdefghijk", 1, 7, "text: 11 bytes long; at most 10 are taken" },
		{ "text: [a]", 1, 7, "text: expected a text, found a list" },
		{ "name: .a", 1, 7, "name: expected a name of at most 64 letters" },
		{ "name: -a", 1, 7, "found \"-a\"" },
		{ "name: a b", 1, 7, "found \"a b\"" },
		{ "name: a/b", 1, 7, "found \"a/b\"" },
		{ "flag: maybe", 1, 7, "flag: expected true or false, found \"maybe\"" },
		{ "flag: \"yes\"", 1, 7, "flag: expected true or false" },
		{ "min-count: -1", 1, 12, "min-count: expected a whole number, found \"-1\"" },
		{ "min-count: 1.5", 1, 12, "expected a whole number" },
		{ "min-count: '2'", 1, 12, "expected a whole number" },
		{ "min-count: 4294967296", 1, 12, "found \"4294967296\"" },
		{ "min-count: 99999999999999999999999", 1, 12, "expected a whole number" },
		{ "small: 0", 1, 8, "small: expected a whole number from 1 to 255, found \"0\"" },
		{ "small: 256", 1, 8, "from 1 to 255, found \"256\"" },
		{ "number: 9223372036854775808", 1, 9, "number: expected a whole number" },
		{ "number: --1", 1, 9, "number: expected a whole number" },
		{ "number: '-'", 1, 9, "number: expected a whole number" },
		{ "real: inf", 1, 7, "real: expected a number, found \"inf\"" },
		{ "real: .nan", 1, 7, "real: expected a number" },
		{ "real: 1e999", 1, 7, "real: expected a number" },
		{ "real: 0x10", 1, 7, "real: expected a number" },
		{ "real: 1-2", 1, 7, "real: expected a number" },
		{ "size: 2MB", 1, 7, "size: \"2MB\" is too large" },
		{ "size: 2 furlongs", 1, 9, "size: " },
		{ "size: \"2 furlongs\"", 1, 10, "size: " },
		{ "wait: PT0S", 1, 7, "wait: \"PT0S\" is too short" },
		{ "wait: {a: b}", 1, 7, "wait: expected a duration such as PT1H, found a mapping" },
		{ "when: yesterday", 1, 7, "when: " },
		{ "id: 12", 1, 7, "id: " },
		{ "digest: 12", 1, 11, "digest: " },
		{ "colour: gren", 1, 9, "colour: expected one of red, green, blue, found \"gren\"; "
		  "did you mean \"green\"?" },
		{ "colour: 7", 1, 9, "colour: expected one of red, green, blue, found \"7\"" },
		{ "map: [a]", 1, 6, "map: expected a mapping, found a list" },
		{ "map:", 1, 5, "map: expected a mapping, found nothing" },
		{ "seq:", 1, 5, "seq: expected a list, found nothing" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct all a = { 0 };
		struct diag d = DIAG_INIT;

		is_int(read_all(bad[i].text, &a, &d), -1, "refused: %s", bad[i].text);
		like(d.text, bad[i].said, "in these words");
		is_int(d.line * 1000 + d.col, bad[i].line * 1000 + bad[i].col, "at this place");
	}
}

static void requires(void)
{
	static const struct field two[] = {
		{ "text", FIELD_TEXT, AT(text), .required = true },
		{ "name", FIELD_NAME, AT(name), .required = true },
		{ NULL }
	};
	struct all a = { 0 };
	struct diag d = DIAG_INIT;

	tree_parse(&tree, "\n  text: a\n", 11, NULL, &d);
	is_int(field_read(tree.root, "a pair", two, &a, &d), -1, "a required field is missing");
	is_str(d.text, "a pair has no \"name\"", "and named");
	is_int(d.line, 2, "where the mapping begins");
	is_int(field_read(tree.root, "a pair", two, &a, NULL), -1, "nobody has to listen");
}

static void nearest(void)
{
	static const char *const words[] = { "min-cores", "max-cores", "name", "task", "type", "r" };
	static const struct { const char *word, *want; } tries[] = {
		{ "min-coers", "min-cores" }, { "mincore", "min-cores" }, { "MAX-CORES", "max-cores" },
		{ "nmae", "name" }, { "tsk", "task" }, { "taks", "task" }, { "tpye", "type" },
		{ "xyzzy", NULL }, { "", NULL }, { "ro", NULL }, { "min", NULL },
		{ "min-cores-and-a-lot-of-other-words-behind-them", NULL },
	};

	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
		is_str(field_nearest(tries[i].word, words, 6), tries[i].want, "near to \"%s\"",
		       tries[i].word);
	is_str(field_nearest("a", words, 0), NULL, "of none, none is near");
}

static int walk(const char *text, char out[20])
{
	const struct node *v;
	size_t used = 0;

	tree_parse(&tree, text, strlen(text), NULL, NULL);
	v = node_get(tree.root, "v");
	for (const struct node *n = node_first(v); n; n = node_after(v, n))
		out[used++] = n->kind == NODE_MAP ? 'm' : n->text[0];
	out[used] = '\0';
	return (int)node_entries(v);
}

static void walks(void)
{
	char seen[20];

	is_int(walk("v: [a, b, c]", seen), 3, "a list has its entries");
	is_str(seen, "abc", "in order");
	is_int(walk("v: x\nw: y", seen), 1, "a scalar is a list of one");
	is_str(seen, "x", "and its neighbour is not part of it");
	is_int(walk("v: {a: b}\nw: y", seen), 1, "so is a mapping");
	is_str(seen, "m", "as a whole");
	is_int(walk("v:", seen), 0, "nothing is an empty list");
	is_str(seen, "", "of nothing");
	is_int(walk("w: 1", seen), 0, "so is what is not there");
}

int main(void)
{
	reads();
	spellings();
	refuses();
	requires();
	nearest();
	walks();
	tree_free(&tree);
	return done();
}
