/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "node.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "node_arena.h"
#include "node_wrong.h"

const struct tree_limits tree_limits_job = { 1u << 20, 20000, TREE_MAX_DEPTH };
const struct tree_limits tree_limits_site = { 64u << 20, 4000000, 16 };

/* Every new key is compared with all before it, so their number has a bound. */
enum { MOST_KEYS = 1000 };

/* Where the next node goes: the innermost open collection. */
struct level {
	struct node *node;
	struct node *last;		/* its newest child */
	bool key_wanted;		/* a map that is between pairs */
	const char *key;
	int key_line, key_col;
};

struct builder {
	struct tree *tree;
	const struct tree_limits *limits;
	struct level stack[TREE_MAX_DEPTH];
	int depth;
	struct diag *d;
};

static int line_of(const yaml_mark_t *m) { return (int)m->line + 1; }
static int col_of(const yaml_mark_t *m) { return (int)m->column + 1; }

static int refuse(struct builder *b, const yaml_event_t *e, const char *what)
{
	return diag_at(b->d, line_of(&e->start_mark), col_of(&e->start_mark), "%s", what);
}

static bool is_null(const char *s, size_t n)
{
	return n == 0 || (n == 1 && s[0] == '~') ||
	       (n == 4 && (!memcmp(s, "null", 4) || !memcmp(s, "Null", 4) || !memcmp(s, "NULL", 4)));
}

static int duplicate_key(struct builder *b, const struct level *l, const char *key,
			 const yaml_event_t *e)
{
	const struct node *other = node_get(l->node, key);

	if (!other)
		return 0;
	return diag_at(b->d, line_of(&e->start_mark), col_of(&e->start_mark),
		       "the key \"%.100s\" stands here a second time; first on line %d",
		       key, other->key_line);
}

/* Hang a new node into the open collection, or make it the root. */
static struct node *attach(struct builder *b, enum node_kind kind, const yaml_event_t *e)
{
	struct level *l = b->depth ? &b->stack[b->depth - 1] : NULL;
	struct node *n;

	if (++b->tree->nodes > b->limits->nodes) {
		diag_at(b->d, line_of(&e->start_mark), col_of(&e->start_mark),
			"more than %zu values; a document may not hold more", b->limits->nodes);
		return NULL;
	}
	n = tree_alloc(b->tree, sizeof *n);
	if (!n) {
		diag_nomem(b->d);
		return NULL;
	}
	memset(n, 0, sizeof *n);
	n->kind = kind;
	n->text = "";
	n->line = line_of(&e->start_mark);
	n->col = col_of(&e->start_mark);
	if (!l) {
		b->tree->root = n;
		return n;
	}
	n->key = l->key;
	n->key_line = l->key_line;
	n->key_col = l->key_col;
	if (l->last)
		l->last->next = n;
	else
		l->node->child = n;
	l->last = n;
	l->node->count++;
	if (l->node->kind == NODE_MAP) {
		l->key_wanted = true;
		l->key = NULL;
	}
	return n;
}

static bool wants_key(const struct builder *b)
{
	return b->depth && b->stack[b->depth - 1].key_wanted;
}

static int open_level(struct builder *b, enum node_kind kind, const yaml_event_t *e)
{
	struct node *n;

	if (wants_key(b))
		return refuse(b, e, "a key has to be a plain text, not a list or a mapping");
	if (b->depth == b->limits->depth)
		return diag_at(b->d, line_of(&e->start_mark), col_of(&e->start_mark),
			       "nested deeper than %d levels", b->limits->depth);
	n = attach(b, kind, e);
	if (!n)
		return -1;
	b->stack[b->depth++] = (struct level){ .node = n, .key_wanted = kind == NODE_MAP };
	return 0;
}

static int take_key(struct builder *b, const yaml_event_t *e, char *text)
{
	struct level *l = &b->stack[b->depth - 1];

	if (l->node->count == MOST_KEYS)
		return refuse(b, e, "more than 1000 keys in one mapping");
	if (duplicate_key(b, l, text, e) < 0)
		return -1;
	l->key = text;
	l->key_line = line_of(&e->start_mark);
	l->key_col = col_of(&e->start_mark);
	l->key_wanted = false;
	return 0;
}

static int take_scalar(struct builder *b, const yaml_event_t *e)
{
	const char *s = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length;
	bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct node *n;
	char *text;

	if (memchr(s, '\0', len))
		return refuse(b, e, "a NUL character inside a text");
	text = tree_strdup(b->tree, s, len);
	if (!text)
		return diag_nomem(b->d);
	if (wants_key(b))
		return take_key(b, e, text);
	n = attach(b, plain && is_null(s, len) ? NODE_NULL : NODE_SCALAR, e);
	if (!n)
		return -1;
	n->quoted = !plain;
	if (n->kind == NODE_SCALAR) {
		n->text = text;
		n->len = len;
	}
	return 0;
}

/* Anchors and tags are refused where they stand: what has no alias cannot
 * expand, and what has no tag is what it looks like. */
static int refuse_properties(struct builder *b, const yaml_event_t *e)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return diag_at(b->d, line_of(&e->start_mark), col_of(&e->start_mark),
			       "the anchor \"&%.60s\": anchors and aliases are not taken",
			       (const char *)anchor);
	if (tag)
		return diag_at(b->d, line_of(&e->start_mark), col_of(&e->start_mark),
			       "the tag \"%.60s\": tags are not taken", (const char *)tag);
	return 0;
}

/* 0: go on, 1: the stream has ended, -1: refused. */
static int take_event(struct builder *b, const yaml_event_t *e)
{
	if (refuse_properties(b, e) < 0)
		return -1;
	switch (e->type) {
	case YAML_STREAM_END_EVENT:
		return 1;
	case YAML_ALIAS_EVENT:
		return refuse(b, e, "an alias: anchors and aliases are not taken, and a text that begins "
			      "with \"*\" needs quotes");
	case YAML_SCALAR_EVENT:
		return take_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		return open_level(b, NODE_SEQ, e);
	case YAML_MAPPING_START_EVENT:
		return open_level(b, NODE_MAP, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	case YAML_DOCUMENT_START_EVENT:
		if (b->tree->root)
			return refuse(b, e, "a second document begins; one file holds one document");
		return 0;
	default:
		return 0;
	}
}

static int build(struct builder *b, yaml_parser_t *p, const char *text, size_t len)
{
	for (;;) {
		yaml_event_t e;
		int r;

		if (!yaml_parser_parse(p, &e))
			return node_wrong(p, text, len, b->d);
		r = take_event(b, &e);
		yaml_event_delete(&e);
		if (r)
			return r < 0 ? -1 : 0;
	}
}

int tree_parse(struct tree *t, const char *text, size_t len, const struct tree_limits *limits,
	       struct diag *d)
{
	struct builder b = { .tree = t, .limits = limits ? limits : &tree_limits_job, .d = d };
	yaml_parser_t p;
	int r;

	arena_reset(t);
	if (len > b.limits->bytes)
		return diag_set(d, "%zu bytes; at most %zu are taken", len, b.limits->bytes);
	if (!yaml_parser_initialize(&p))
		return diag_nomem(d);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	r = build(&b, &p, text, len);
	yaml_parser_delete(&p);
	if (r < 0)
		t->root = NULL;
	return r;
}

const struct node *node_get(const struct node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (const struct node *n = map->child; n; n = n->next)
		if (!strcmp(n->key, key))
			return n;
	return NULL;
}

const char *node_describe(const struct node *n, char out[64])
{
	if (!n || n->kind == NODE_NULL)
		return "nothing";
	if (n->kind == NODE_SEQ)
		return "a list";
	if (n->kind == NODE_MAP)
		return "a mapping";
	snprintf(out, 64, n->len > 40 ? "\"%.40s...\"" : "\"%.40s\"", n->text);
	return out;
}
