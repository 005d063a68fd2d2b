/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "field.h"

#include <string.h>

/* More rows than any table has; said[] below is as long. */
#define MOST_FIELDS 64

/* People write min_cores for min-cores; the two never mean different things. */
static bool same_name(const char *key, const char *name)
{
	for (; *key && *name; key++, name++)
		if (*key != *name && !(*key == '_' && *name == '-'))
			return false;
	return *key == *name;
}

static const struct field *find(const struct field *fields, const char *key)
{
	for (const struct field *f = fields; f->name; f++)
		if (f->type != FIELD_OTHERS &&
		    (same_name(key, f->name) || (f->alias && same_name(key, f->alias))))
			return f;
	return NULL;
}

/* Is there a row that takes what no other one names? */
static bool take_other(const struct node *n, const struct field *fields, void *into)
{
	const char **at;

	while (fields->name && fields->type != FIELD_OTHERS)
		fields++;
	if (!fields->name)
		return false;
	at = (const char **)((char *)into + fields->offset);
	if (fields->offset && !*at)
		*at = n->key;
	return true;
}

/* Append ", NAME" or " NAME" while it fits into what a message can hold. */
static void add_names(char *out, size_t room, const struct field *fields)
{
	size_t used = 0;

	for (const struct field *f = fields; f->name; f++) {
		size_t n = strlen(f->name);

		if (used + n + 8 > room)
			break;
		if (used) {
			memcpy(out + used, ", ", 2);
			used += 2;
		}
		memcpy(out + used, f->name, n);
		used += n;
		if (f[1].name && used + strlen(f[1].name) + 8 > room) {
			memcpy(out + used, ", ...", 5);
			used += 5;
			break;
		}
	}
	out[used] = '\0';
}

static int unknown(const struct node *n, const char *what, const struct field *fields,
		   struct diag *d)
{
	const char *names[2 * MOST_FIELDS];
	const char *near;
	char all[300];
	size_t count = 0;

	for (const struct field *f = fields; f->name; f++) {
		names[count++] = f->name;
		if (f->alias)
			names[count++] = f->alias;
	}
	near = field_nearest(n->key, names, count);
	if (near)
		return diag_at(d, n->key_line, n->key_col,
			       "unknown field \"%.60s\" in %s; did you mean \"%s\"?",
			       n->key, what, near);
	add_names(all, sizeof all, fields);
	return diag_at(d, n->key_line, n->key_col,
		       "unknown field \"%.60s\" in %s; expected one of: %s", n->key, what, all);
}

static int said_twice(const struct node *n, const struct field *f, const char *what,
		      struct diag *d)
{
	return diag_at(d, n->key_line, n->key_col, "\"%.60s\" says again what \"%s\" said in %s",
		       n->key, f->name, what);
}

static int missing(const struct node *map, const char *what, const struct field *fields,
		   const bool *said, struct diag *d)
{
	for (const struct field *f = fields; f->name; f++)
		if (f->required && !said[f - fields])
			return diag_at(d, map->line, map->col, "%s has no \"%s\"", what, f->name);
	return 0;
}

int field_read(const struct node *map, const char *what, const struct field *fields,
	       void *into, struct diag *d)
{
	bool said[MOST_FIELDS] = { false };

	if (map->kind != NODE_MAP) {
		char found[64];

		return diag_at(d, map->line, map->col, "%s: expected a mapping, found %s", what,
			       node_describe(map, found));
	}
	for (const struct node *n = map->child; n; n = n->next) {
		const struct field *f = find(fields, n->key);

		if (!f && take_other(n, fields, into))
			continue;
		if (!f)
			return unknown(n, what, fields, d);
		if (said[f - fields])
			return said_twice(n, f, what, d);
		said[f - fields] = true;
		if (field_value(n, n->key, f, into, d) < 0)
			return -1;
		if (f->present)
			*(bool *)((char *)into + f->present) = true;
	}
	return missing(map, what, fields, said, d);
}

const struct node *field_get(const struct node *map, const struct field *fields,
			     const char *name)
{
	for (const struct node *n = map->child; n; n = n->next) {
		const struct field *f = find(fields, n->key);

		if (f && !strcmp(f->name, name))
			return n;
	}
	return NULL;
}

const struct node *node_first(const struct node *v)
{
	if (!v || v->kind == NODE_NULL)
		return NULL;
	return v->kind == NODE_SEQ ? v->child : v;
}

uint32_t node_entries(const struct node *v)
{
	if (!v || v->kind == NODE_NULL)
		return 0;
	return v->kind == NODE_SEQ ? v->count : 1;
}

const struct node *node_after(const struct node *v, const struct node *n)
{
	return v->kind == NODE_SEQ ? n->next : NULL;
}
