/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "config_part.h"
#include "field.h"
#include "instant.h"

struct auth_part {
	int unknown;
	const struct node *methods;
};

static const char *const unknowns[] = { "no", "anonymous", "reject", NULL };

static const struct field auth_fields[] = {
	{ "unknown", FIELD_CHOICE, .offset = offsetof(struct auth_part, unknown), .choices = unknowns },
	{ "methods", FIELD_NODE, .offset = offsetof(struct auth_part, methods) },
	{ NULL }
};

static const struct field method_fields[] = {
	{ "check", FIELD_TEXT, .offset = offsetof(struct config_auth, check), .max = 1023,
	  .required = true },
	{ "timeout", FIELD_DURATION, .offset = offsetof(struct config_auth, timeout), .min = 1 },
	{ NULL }
};

bool config_auth_built_in(const char *type)
{
	return !strcmp(type, "owner") || !strcmp(type, "anonymous");
}

static int read_method(const struct node *n, struct config_auth *one, struct diag *d)
{
	const struct node *check;

	*one = (struct config_auth){ .type = n->key, .timeout = 10 * SECOND_US };
	if (config_auth_built_in(n->key))
		return diag_at(d, n->key_line, n->key_col, "methods: \"%s\" is built in and needs "
			       "no check", n->key);
	if (field_read(n, "a method", method_fields, one, d) < 0)
		return -1;
	check = node_get(n, "check");
	if (one->check[0] != '/')
		return diag_at(d, check->line, check->col, "check: expected an absolute path, found "
			       "\"%.200s\"", one->check);
	return 0;
}

int config_read_auth(const struct node *n, struct config *c, struct diag *d)
{
	struct auth_part p = { 0 };
	int count;

	if (config_silent(n))
		return 0;
	if (field_read(n, "auth", auth_fields, &p, d) < 0 ||
	    (count = config_named(p.methods, "methods", d)) < 0)
		return -1;
	c->auth_unknown = (enum config_unknown)p.unknown;
	if (!count)
		return 0;
	c->auth = tree_alloc(&c->tree, (size_t)count * sizeof *c->auth);
	if (!c->auth)
		return diag_nomem(d);
	for (const struct node *m = p.methods->child; m; m = m->next)
		if (read_method(m, &c->auth[c->auths++], d) < 0)
			return -1;
	return 0;
}

const struct config_auth *config_auth(const struct config *c, const char *type)
{
	for (uint32_t i = 0; i < c->auths; i++)
		if (!strcmp(c->auth[i].type, type))
			return &c->auth[i];
	return NULL;
}
