/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "line.h"

/* Plain in the source, and safe to be plain in flow form: every number, word
 * and instant is.  A text that is not becomes quoted, which leaves it a text. */
static bool plain_in_flow(const struct node *n)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+-";

	if (n->quoted || !n->len || strspn(n->text, safe) != n->len)
		return false;
	return n->len > 1 || n->text[0] != '-';
}

static void write_scalar(struct buf *b, const struct node *n)
{
	if (plain_in_flow(n))
		buf_add(b, n->text, n->len);
	else
		line_quoted(b, n->text, n->len);
}

void line_node(struct buf *b, const struct node *n)
{
	if (n->kind == NODE_NULL) {
		buf_adds(b, "null");
		return;
	}
	if (n->kind == NODE_SCALAR) {
		write_scalar(b, n);
		return;
	}
	buf_addc(b, n->kind == NODE_MAP ? '{' : '[');
	for (const struct node *c = n->child; c; c = c->next) {
		if (c != n->child)
			buf_adds(b, ", ");
		if (n->kind == NODE_MAP) {
			line_scalar(b, c->key, strlen(c->key));
			buf_adds(b, ": ");
		}
		line_node(b, c);
	}
	buf_addc(b, n->kind == NODE_MAP ? '}' : ']');
}
