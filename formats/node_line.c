/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast way to read one's own handwriting: the flow mappings on one line
 * that line.h writes, in ASCII, without comments, anchors or odd spacing.
 * Whatever else is met, also every error, is left to libyaml, which then
 * gives the same tree or the better message.  test/unit/node.c and a fuzzer
 * hold the two against each other.
 */
#include <ctype.h>
#include <string.h>

#include "node.h"
#include "node_arena.h"

enum { MOST_DEPTH = 8 };

/* A line may carry the small files of a report as texts, so it may be longer
 * than a job file; it has no more values than one. */
static const struct tree_limits limits = { 64u << 20, 20000, 64 };

struct scan {
	struct tree *t;
	const char *start, *at, *end;
	int line, col;			/* of start */
};

static struct node *new_node(struct scan *s, enum node_kind kind)
{
	struct node *n = tree_alloc(s->t, sizeof *n);

	if (!n)
		return NULL;
	*n = (struct node){ .kind = kind, .text = "", .line = s->line,
			    .col = (int)(s->at - s->start) + s->col };
	s->t->nodes++;
	return n;
}

static bool eat(struct scan *s, const char *what, size_t n)
{
	if ((size_t)(s->end - s->at) < n || memcmp(s->at, what, n))
		return false;
	s->at += n;
	return true;
}

/* Bytes of a plain scalar; ':' ends it when nothing of it follows. */
static size_t plain_length(const struct scan *s)
{
	static const char safe[256] = {
		['.'] = 1, ['_'] = 1, ['/'] = 1, ['+'] = 1, ['@'] = 1, ['-'] = 1, [':'] = 2,
		['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
	};
	const char *p = s->at;

	while (p < s->end) {
		char kind = safe[(unsigned char)*p];

		if (!kind || (kind == 2 && (p + 1 == s->end || !safe[(unsigned char)p[1]])))
			break;
		p++;
	}
	return (size_t)(p - s->at);
}

static bool plain_start(const struct scan *s)
{
	unsigned char c = (unsigned char)*s->at;

	return isalnum(c) || c == '/' || (c == '-' && s->at + 1 < s->end &&
					  isdigit((unsigned char)s->at[1]));
}

static bool scan_plain(struct scan *s, struct node *n)
{
	size_t len = plain_length(s);

	if (!len || !plain_start(s))
		return false;
	n->text = tree_strdup(s->t, s->at, len);
	n->len = len;
	s->at += len;
	return n->text && strcasecmp(n->text, "null");
}

static bool scan_quoted(struct scan *s, struct node *n)
{
	const char *p = ++s->at;
	char *out;

	while (p < s->end && *p != '"')
		p += *p == '\\' ? 2 : 1;
	if (p >= s->end)
		return false;
	out = tree_alloc(s->t, (size_t)(p - s->at) + 1);
	if (!out)
		return false;
	n->text = out;
	n->quoted = true;
	while (s->at < p) {
		char c = *s->at++;

		if (c == '\\') {
			c = *s->at++;
			if (c == 'n')
				c = '\n';
			else if (c == 't')
				c = '\t';
			else if (c != '"' && c != '\\')
				return false;
		} else if ((unsigned char)c < 0x20 || (unsigned char)c >= 0x7f) {
			return false;
		}
		*out++ = c;
	}
	*out = '\0';
	n->len = (size_t)(out - n->text);
	s->at++;
	return true;
}

static struct node *scan_value(struct scan *s, int depth);

static bool append(struct node *parent, struct node **last, struct node *n)
{
	if (!n)
		return false;
	if (*last)
		(*last)->next = n;
	else
		parent->child = n;
	*last = n;
	parent->count++;
	return true;
}

static bool scan_pair(struct scan *s, struct node *map, struct node **last, int depth)
{
	int col = (int)(s->at - s->start) + s->col;
	const char *from = s->at;
	struct node *n;
	char *key;

	if (s->at == s->end || !isalpha((unsigned char)*s->at))
		return false;
	while (s->at < s->end && (isalnum((unsigned char)*s->at) || *s->at == '-' || *s->at == '_'))
		s->at++;
	/* libyaml's own limit of a key. */
	if (s->at - from > 1000)
		return false;
	key = tree_strdup(s->t, from, (size_t)(s->at - from));
	if (!key || !eat(s, ": ", 2) || node_get(map, key))
		return false;
	n = scan_value(s, depth);
	if (!append(map, last, n))
		return false;
	n->key = key;
	n->key_line = s->line;
	n->key_col = col;
	return map->count <= 100;
}

/* The rest of a list or mapping, up to its closing bracket. */
static bool scan_items(struct scan *s, struct node *n, int depth)
{
	bool map = n->kind == NODE_MAP;
	const char *close = map ? "}" : "]";
	struct node *last = NULL;

	if (depth == MOST_DEPTH)
		return false;
	s->at++;
	if (eat(s, close, 1))
		return true;
	do {
		if (map ? !scan_pair(s, n, &last, depth + 1)
			: !append(n, &last, scan_value(s, depth + 1)))
			return false;
	} while (eat(s, ", ", 2));
	return eat(s, close, 1);
}

static struct node *scan_value(struct scan *s, int depth)
{
	char c = s->at < s->end ? *s->at : '\0';
	struct node *n = new_node(s, c == '{' ? NODE_MAP : c == '[' ? NODE_SEQ : NODE_SCALAR);
	bool good;

	if (!n)
		return NULL;
	if (n->kind != NODE_SCALAR)
		good = scan_items(s, n, depth);
	else
		good = c == '"' ? scan_quoted(s, n) : c ? scan_plain(s, n) : false;
	return good ? n : NULL;
}

static void shift_place(int *line, int *col, int lines, int cols)
{
	if (*line == 1)
		*col += cols;
	*line += lines;
}

static void shift(struct node *n, int lines, int cols)
{
	for (; n; n = n->next) {
		shift_place(&n->line, &n->col, lines, cols);
		if (n->key)
			shift_place(&n->key_line, &n->key_col, lines, cols);
		shift(n->child, lines, cols);
	}
}

int tree_parse_line(struct tree *t, const char *text, size_t len, int line_no, int col,
		    struct diag *d)
{
	struct scan s = { .t = t, .start = text, .at = text, .end = text + len, .line = line_no,
			  .col = col };
	struct node *root;

	arena_reset(t);
	if (len && len <= limits.bytes && *text == '{') {
		root = scan_value(&s, 0);
		if (root && s.at == s.end && t->nodes <= limits.nodes) {
			t->root = root;
			return 0;
		}
	}
	if (tree_parse(t, text, len, &limits, d) < 0) {
		if (d && d->line == 1 && d->col)
			d->col += col - 1;
		if (d && d->line)
			d->line += line_no - 1;
		return -1;
	}
	shift(t->root, line_no - 1, col - 1);
	if (!t->root || t->root->kind != NODE_MAP)
		return diag_at(d, line_no, col, "expected a mapping");
	return 0;
}
