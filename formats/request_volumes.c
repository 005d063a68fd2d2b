/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "field.h"
#include "request_part.h"

#define LONGEST_PATH 1024

enum mode { MODE_R, MODE_RW, MODE_BY_TYPE };
static const char *const modes[] = { "r", "rw", NULL };

struct entry {
	const char *name, *path;
	int mode;
};

static const struct field fields[] = {
	{ "name", FIELD_NAME, .offset = offsetof(struct entry, name), .required = true },
	{ "path", FIELD_TEXT, .offset = offsetof(struct entry, path), .required = true,
	  .max = LONGEST_PATH },
	{ "mode", FIELD_CHOICE, .offset = offsetof(struct entry, mode), .choices = modes },
	{ NULL }
};

static const struct storage *find_storage(const struct request *r, const char *name)
{
	for (uint32_t i = 0; i < r->storages; i++)
		if (!strcmp(r->storage[i].name, name))
			return &r->storage[i];
	return NULL;
}

static int dangling(const struct node *n, const struct request *r, struct diag *d)
{
	const char *names[1000];
	const char *near;

	for (uint32_t i = 0; i < r->storages; i++)
		names[i] = r->storage[i].name;
	near = field_nearest(n->text, names, r->storages);
	if (near)
		return diag_at(d, n->line, n->col, "name: no storage resource is called \"%s\"; "
			       "did you mean \"%s\"?", n->text, near);
	return diag_at(d, n->line, n->col, "name: no storage resource is called \"%s\"", n->text);
}

/* Whole components only: "", "." and ".." are where surprises come from.  A '/'
 * at the end is a habit, not a component. */
static bool path_ok(const char *s)
{
	do {
		const char *name = ++s;

		s = strchrnul(name, '/');
		if (s == name || (s - name == 1 && name[0] == '.') ||
		    (s - name == 2 && name[0] == '.' && name[1] == '.'))
			return false;
	} while (s[0] && s[1]);
	return true;
}

static int read_path(struct tree *t, const struct node *n, struct volume *v, struct diag *d)
{
	size_t len = n->len;

	if (n->text[0] != '/' || !path_ok(n->text))
		return diag_at(d, n->line, n->col, "path: expected an absolute path without empty, "
			       "\".\" or \"..\" parts, found \"%.200s\"", n->text);
	if (request_printable(n, "path", d) < 0)
		return -1;
	if (n->text[len - 1] == '/')
		len--;
	v->path = tree_strdup(t, n->text, len);
	return v->path ? 0 : diag_nomem(d);
}

/* Datasets and what lies elsewhere are there to be read, scratch and results
 * to be written. */
static bool writable_by_default(const struct storage *s)
{
	return !strcmp(s->type, "ephemeral") || !strcmp(s->type, "persistent");
}

static int read_mode(const struct node *map, int mode, const struct storage *s, struct volume *v,
		     struct diag *d)
{
	const struct node *n = node_get(map, "mode");

	v->writable = mode == MODE_BY_TYPE ? writable_by_default(s) : mode == MODE_RW;
	if (v->writable && !strcmp(s->type, "dataset"))
		return diag_at(d, n->line, n->col, "mode: \"%s\" is a dataset, which can only be "
			       "read (r)", s->name);
	return 0;
}

static int check_unique(const struct node *map, const struct compute *c, const struct volume *v,
			struct diag *d)
{
	const struct node *n = node_get(map, "path");

	for (const struct volume *other = c->volume; other < v; other++)
		if (!strcmp(other->path, v->path))
			return diag_at(d, n->line, n->col, "path: \"%.200s\" is taken already, by the "
				       "volume on line %d", v->path, other->line);
	return 0;
}

static int read_one(struct tree *t, const struct node *map, const struct request *r,
		    struct compute *c, struct diag *d)
{
	struct volume *v = &c->volume[c->volumes++];
	struct entry e = { .mode = MODE_BY_TYPE };
	const struct storage *s;

	if (field_read(map, "a volume", fields, &e, d) < 0)
		return -1;
	s = find_storage(r, e.name);
	if (!s)
		return dangling(node_get(map, "name"), r, d);
	v->name = e.name;
	v->line = map->line;
	if (read_path(t, node_get(map, "path"), v, d) < 0 ||
	    read_mode(map, e.mode, s, v, d) < 0)
		return -1;
	return check_unique(map, c, v, d);
}

int request_volumes(struct tree *t, const struct node *v, const struct request *r,
		    struct compute *c, struct diag *d)
{
	if (request_array(t, v, "volumes", sizeof *c->volume, &c->volume, d) < 0)
		return -1;
	for (const struct node *n = node_first(v); n; n = node_after(v, n))
		if (read_one(t, n, r, c, d) < 0)
			return -1;
	return 0;
}
