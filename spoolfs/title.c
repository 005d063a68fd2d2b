/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "title.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "node.h"

/* --- by the ways most people write ------------------------------------------ */

enum found { FOUND, ABSENT, UNSURE };

struct span { const char *s, *end; };

static bool next_line(struct span *rest, struct span *line)
{
	const char *nl;

	if (rest->s >= rest->end)
		return false;
	nl = memchr(rest->s, '\n', (size_t)(rest->end - rest->s));
	line->s = rest->s;
	line->end = nl ? nl : rest->end;
	rest->s = nl ? nl + 1 : rest->end;
	return true;
}

/* Something that is opened on this line and may end on another. */
static bool left_open(struct span l)
{
	unsigned quotes = 0, ticks = 0;
	int depth = 0;

	for (const char *s = l.s; s < l.end; s++) {
		quotes += *s == '"';
		ticks += *s == '\'';
		depth += (*s == '{' || *s == '[') - (*s == '}' || *s == ']');
	}
	return quotes & 1 || ticks & 1 || depth;
}

static bool blank(struct span l)
{
	while (l.s < l.end && (*l.s == ' ' || *l.s == '\t' || *l.s == '\r'))
		l.s++;
	return l.s == l.end || *l.s == '#';
}

/* A plain scalar that ends on its line, as far as can be said without a parser. */
static enum found plain_value(struct span v, struct span rest, struct buf *out)
{
	struct span next;

	for (const char *s = v.s + 1; s < v.end; s++)
		if (*s == '#' && (s[-1] == ' ' || s[-1] == '\t'))
			v.end = s;
	while (v.s < v.end && *v.s == ' ')
		v.s++;
	while (v.end > v.s && (v.end[-1] == ' ' || v.end[-1] == '\t' || v.end[-1] == '\r'))
		v.end--;
	if (v.s == v.end || strchr("\"'|>&*!?{}[]%@`#,:-~", *v.s) ||
	    memmem(v.s, (size_t)(v.end - v.s), ": ", 2) || memchr(v.s, '\t', (size_t)(v.end - v.s)) ||
	    (v.end - v.s == 4 && !strncasecmp(v.s, "null", 4)))
		return UNSURE;
	while (next_line(&rest, &next)) {
		if (next.s < next.end && *next.s != ' ' && *next.s != '\t' && *next.s != '\r')
			break;
		if (!blank(next))
			return UNSURE;
	}
	buf_add(out, v.s, (size_t)(v.end - v.s));
	return FOUND;
}

/* Keys of a mapping in block style stand in the first column and nowhere else. */
static enum found scan(const char *body, size_t len, struct buf *out)
{
	struct span rest = { body, body + len }, l;
	bool any = false;

	while (next_line(&rest, &l)) {
		unsigned char c = l.s < l.end ? (unsigned char)*l.s : '\n';

		if (left_open(l))
			return UNSURE;
		if (c == ' ' || c == '#' || blank(l) || (any && l.end - l.s > 1 && !memcmp(l.s, "- ", 2)))
			continue;
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
			return UNSURE;
		any = true;
		if (l.end - l.s >= 5 && !memcmp(l.s, "name", 4) && strchr(": \t", l.s[4]))
			return l.s[4] == ':' && l.end - l.s > 6 && l.s[5] == ' ' ?
			       plain_value((struct span){ l.s + 5, l.end }, rest, out) : UNSURE;
	}
	return ABSENT;
}

/* --- by the book ---------------------------------------------------------------- */

static void parse(const char *body, size_t len, struct buf *out)
{
	struct tree t = TREE_INIT;
	const struct node *root, *name;

	if (tree_parse(&t, body, len, NULL, NULL) == 0) {
		root = t.root;
		if (root && root->kind == NODE_SEQ && root->count == 1)
			root = root->child;
		name = root && root->kind == NODE_MAP ? node_get(root, "name") : NULL;
		if (name && name->kind == NODE_SCALAR)
			buf_add(out, name->text, name->len);
	}
	tree_free(&t);
}

void title_read(const char *body, size_t len, struct buf *out)
{
	if (scan(body, len, out) == UNSURE)
		parse(body, len, out);
}

void title_component(const char *name, size_t len, struct buf *out)
{
	bool dots = (len == 1 || len == 2) && !memcmp(name, "..", len);
	size_t start = out->len;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];
		size_t add = dots || c < ' ' || c == 0x7f || c == '/' || c == '%' ? 3 : 1;

		if (out->len - start + add > NAME_MAX)
			break;
		if (add == 3)
			buf_addf(out, "%%%02X", c);
		else
			buf_addc(out, (char)c);
	}
}
