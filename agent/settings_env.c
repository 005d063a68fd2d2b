/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings_env.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A name that every shell can use, and that is not ours to give. */
static bool name_ok(const char *name)
{
	if (!*name || isdigit((unsigned char)*name) || !strncmp(name, "SPOOL_", 6))
		return false;
	for (const char *s = name; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

int settings_env_read(struct settings *s, const struct node *map, struct diag *d)
{
	if (!map || map->kind == NODE_NULL)
		return 0;
	if (map->kind != NODE_MAP)
		return diag_at(d, map->line, map->col, "environment: expected a mapping");
	s->env = tree_alloc(&s->tree, (map->count + 1) * sizeof *s->env);
	if (!s->env)
		return diag_nomem(d);
	for (const struct node *n = map->child; n; n = n->next) {
		if (!name_ok(n->key))
			return diag_at(d, n->key_line, n->key_col, "environment: expected the name of a "
				       "variable, and not one of ours, SPOOL_..., found \"%.60s\"", n->key);
		if (n->kind != NODE_SCALAR)
			return diag_at(d, n->line, n->col, "%s: expected a text", n->key);
		s->env[s->envs++] = (struct settings_env){ n->key, n->text };
	}
	return 0;
}

int settings_env_use(const struct settings *s)
{
	for (uint32_t i = 0; i < s->envs; i++)
		if (setenv(s->env[i].name, s->env[i].value, 1) < 0)
			return -1;
	return 0;
}
