/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "field.h"
#include "request_part.h"

static const char *const kinds[] = {
	[DROP_JOB] = "task", [DROP_COMMAND] = "command", [DROP_RESERVATION] = "reservation",
	[DROP_TRANSACTION] = "transaction",
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const struct node *drop_root(const struct node *root, struct diag *d)
{
	char found[64];

	if (!root || root->kind == NODE_NULL) {
		diag_at(d, root ? root->line : 1, root ? root->col : 1,
			"nothing is written here; expected a mapping");
		return NULL;
	}
	if (root->kind == NODE_SEQ && root->count == 1)
		root = root->child;
	if (root->kind == NODE_MAP)
		return root;
	if (root->kind == NODE_SEQ && root->count)
		diag_at(d, root->line, root->col, "a list of %u; a document describes one job, or "
			"one transaction of many", root->count);
	else
		diag_at(d, root->line, root->col, "expected a mapping, found %s",
			node_describe(root, found));
	return NULL;
}

static int none(const struct node *root, struct diag *d)
{
	for (const struct node *n = root->child; n; n = n->next) {
		const char *near = field_nearest(n->key, kinds, KINDS);

		if (near)
			return diag_at(d, n->key_line, n->key_col, "unknown field \"%.60s\"; did you "
				       "mean \"%s\"?", n->key, near);
	}
	return diag_at(d, root->line, root->col, "found none of task, command, reservation, "
		       "transaction; one of them says what this document is");
}

/* A reservation or a transaction may well hold tasks further down, but at the
 * top a document is one thing only.  A command names what it is about. */
int drop_kind(const struct node *root, struct diag *d)
{
	const struct node *other = NULL;
	int kind = -1;

	root = drop_root(root, d);
	if (!root)
		return -1;
	for (int k = 0; k < KINDS; k++) {
		const struct node *n = node_get(root, kinds[k]);

		if (!n || (kind == DROP_COMMAND && k > DROP_COMMAND))
			continue;
		if (other)
			return diag_at(d, n->key_line, n->key_col, "%s: this document is a %s already, "
				       "by line %d", n->key, other->key, other->key_line);
		other = n;
		kind = k;
	}
	return kind < 0 ? none(root, d) : kind;
}
