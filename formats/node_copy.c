/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "node.h"

static bool copy_key(struct tree *t, const struct node *from, struct node *to)
{
	return !from->key || (to->key = tree_strdup(t, from->key, strlen(from->key)));
}

static bool copy_text(struct tree *t, const struct node *from, struct node *to)
{
	return !from->text || (to->text = tree_strdup(t, from->text, from->len));
}

/* As deep as a tree may be: TREE_MAX_DEPTH. */
struct node *node_copy(struct tree *t, const struct node *from)
{
	struct node *to = tree_alloc(t, sizeof *to), **at;

	if (!to)
		return NULL;
	*to = *from;
	to->next = to->child = NULL;
	if (!copy_key(t, from, to) || !copy_text(t, from, to))
		return NULL;
	at = &to->child;
	for (const struct node *n = from->child; n; n = n->next) {
		if (!(*at = node_copy(t, n)))
			return NULL;
		at = &(*at)->next;
	}
	return to;
}
