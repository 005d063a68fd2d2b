/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config_part.h"

#include "field.h"

bool config_silent(const struct node *n)
{
	return !n || n->kind == NODE_NULL;
}

int config_named(const struct node *map, const char *what, struct diag *d)
{
	char found[64];

	if (config_silent(map))
		return 0;
	if (map->kind != NODE_MAP)
		return diag_at(d, map->line, map->col, "%s: expected a mapping, found %s", what,
			       node_describe(map, found));
	for (const struct node *n = map->child; n; n = n->next)
		if (!field_name_ok(n->key, 64))
			return diag_at(d, n->key_line, n->key_col, "%s: expected a name of at most 64 "
				       "letters, digits, and . _ - + @ that begins with neither . nor "
				       "-, found \"%.60s\"", what, n->key);
	return (int)map->count;
}
