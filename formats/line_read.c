/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"

void line_open(struct line_reader *r, const char *text, size_t len)
{
	*r = (struct line_reader){ .at = text, .end = text + len, .tree = TREE_INIT };
}

static int torn(struct diag *d, int number, const char *what)
{
	diag_at(d, number, 0, "%s", what);
	if (d)
		d->err = ENODATA;
	errno = ENODATA;
	return -1;
}

static int count_lines(const char *s, const char *end)
{
	int n = 0;

	while ((s = memchr(s, '\n', (size_t)(end - s)))) {
		n++;
		s++;
	}
	return n;
}

/* A whole number of at most nine digits: no body is longer than a gigabyte. */
static long small_number(const struct node *n)
{
	long v = 0;

	if (!n || n->kind != NODE_SCALAR || n->quoted || n->len > 9)
		return -1;
	for (const char *s = n->text; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s - '0');
	}
	return v;
}

/* Find the body behind the line; *at is moved behind it. */
static int take_body(struct line *l, const char **at, const char *end, struct diag *d)
{
	const struct node *bytes = node_get(l->map, "bytes");
	const struct node *skip = node_get(l->map, "skip");
	long n = small_number(bytes), gap = skip ? small_number(skip) : 4;

	if (!bytes)
		return 0;
	if (n < 0)
		return diag_at(d, bytes->line, bytes->col,
			       "`bytes` has to be a whole number below 1000000000");
	if (gap < 0 || gap > 4)
		return diag_at(d, skip->line, skip->col, "`skip` has to be 0 or 4");
	if (end - *at < n + gap)
		return torn(d, l->number, "the document behind this line is shorter than its `bytes`");
	l->body = *at + gap;
	l->body_len = (size_t)n;
	l->body_line = l->number + (gap ? 2 : 1);
	*at = l->body + n;
	if (n && l->body[n - 1] != '\n') {
		if (*at == end)
			return torn(d, l->number, "the document behind this line has no end");
		if (**at != '\n')
			return diag_at(d, l->number, 0, "`bytes` does not end at the end of a line");
		++*at;
	}
	return 0;
}

int line_next(struct line_reader *r, struct line *l, struct diag *d)
{
	const char *nl, *at = r->at;

	if (at == r->end)
		return 0;
	*l = (struct line){ .number = r->number + 1 };
	nl = memchr(at, '\n', (size_t)(r->end - at));
	if (!nl)
		return torn(d, l->number, "the last line has no end");
	if (nl - at < 6 || memcmp(at, "--- {", 5) || nl[-1] != '}')
		return diag_at(d, l->number, 1, "expected a line of the form `--- {key: value, ...}`");
	l->text = at + 4;
	l->len = (size_t)(nl - l->text);
	if (tree_parse_line(&r->tree, l->text, l->len, l->number, (int)(l->text - at) + 1, d) < 0)
		return -1;
	l->map = r->tree.root;
	at = nl + 1;
	if (take_body(l, &at, r->end, d) < 0)
		return -1;
	r->number += count_lines(r->at, at);
	r->at = at;
	return 1;
}

void line_close(struct line_reader *r)
{
	tree_free(&r->tree);
}

bool line_key_equals(const struct line *l, const char *key, const char *value)
{
	const struct node *n = node_get(l->map, key);

	return n && n->kind == NODE_SCALAR && !strcmp(n->text, value);
}
