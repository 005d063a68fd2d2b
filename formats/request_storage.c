/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "dataset_doc.h"
#include "field.h"
#include "request_part.h"

static const char *const lifecycles[] = { "unmanaged", "managed", NULL };

/* The row offsets are those of the struct that the user sees; lifecycle is
 * the one that needs a word turned into a bool. */
struct entry {
	struct storage storage;
	int lifecycle;
};

#define AT(field) .offset = offsetof(struct entry, storage.field)

static const struct field fields[] = {
	{ "name", FIELD_NAME, AT(name), .required = true },
	{ "type", FIELD_TEXT, AT(type), .required = true },
	{ "size", FIELD_SIZE, AT(size) },
	{ "lifetime", FIELD_DURATION, AT(lifetime), .min = 1 },
	{ "lifecycle", FIELD_CHOICE, .offset = offsetof(struct entry, lifecycle), .choices = lifecycles },
	{ "dataset", FIELD_TEXT, AT(dataset), .max = 128 },
	{ "digest", FIELD_DIGEST, AT(digest), .present = offsetof(struct entry, storage.has_digest) },
	{ "endpoint", FIELD_TEXT, AT(endpoint), .max = 2000 },
	{ "bucket", FIELD_TEXT, AT(bucket) },
	{ "objectid", FIELD_TEXT, AT(objectid), .alias = "object-id" },
	{ "url", FIELD_TEXT, AT(url), .max = 2000 },
	{ "to", FIELD_TEXT, AT(to), .max = 2000 },
	{ NULL }
};

/* These are handed to other programs. */
static int check_texts(const struct node *map, struct diag *d)
{
	static const char *const keys[] = { "endpoint", "bucket", "objectid", "url", "to" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct node *n = field_get(map, fields, keys[i]);

		if (n && request_printable(n, n->key, d) < 0)
			return -1;
	}
	return 0;
}

static bool dataset_name_ok(const char *s)
{
	if (*s == '.' || *s == '-')
		return false;
	while (isalnum((unsigned char)*s) || (*s && strchr("._-", *s)))
		s++;
	return !*s;
}

bool storage_is_input(const struct storage *s)
{
	return s->dataset || storage_url(s);
}

const char *storage_url(const struct storage *s)
{
	return !s->dataset && !strcmp(s->type, "dataset") ? s->url : NULL;
}

static int only_datasets_have(const struct node *n, const struct storage *s, struct diag *d)
{
	return diag_at(d, n->key_line, n->key_col, "%s: only storage of type dataset has this; the "
		       "type here is \"%s\"", n->key, s->type);
}

/* By name or by URL, and never both. */
static int check_source(const struct node *map, const struct storage *s, struct diag *d)
{
	const struct node *name = node_get(map, "dataset"), *url = node_get(map, "url");

	if (!name && !url)
		return diag_at(d, map->line, map->col, "storage \"%s\" is of type dataset and has "
			       "neither \"dataset\", the name in the catalogue, nor \"url\"", s->name);
	if (name && url)
		return diag_at(d, url->key_line, url->key_col, "url: storage \"%s\" has a \"dataset\" "
			       "already, and the catalogue knows where that lies", s->name);
	if (url && !dataset_url_ok(url->text))
		return diag_at(d, url->line, url->col, "url: expected an address of file, http, https, "
			       "s3, rsync or ssh, found \"%.200s\"", url->text);
	return 0;
}

static int check_dataset(const struct node *map, const struct storage *s, struct diag *d)
{
	const struct node *n = node_get(map, "dataset");
	bool is_dataset = !strcmp(s->type, "dataset");

	if (is_dataset && check_source(map, s, d) < 0)
		return -1;
	if (!is_dataset && s->has_digest)
		return only_datasets_have(node_get(map, "digest"), s, d);
	if (!n)
		return 0;
	if (!is_dataset)
		return only_datasets_have(n, s, d);
	if (!dataset_name_ok(s->dataset))
		return diag_at(d, n->line, n->col, "dataset: expected at most 128 letters, digits, "
			       "and . _ - that begin with neither . nor -, found \"%.128s\"", n->text);
	return 0;
}

static int check_unique(const struct node *map, const struct request *r, const struct storage *s,
			struct diag *d)
{
	const struct node *n = node_get(map, "name");

	for (const struct storage *other = r->storage; other < s; other++)
		if (!strcmp(other->name, s->name))
			return diag_at(d, n->line, n->col, "name: there is a storage \"%s\" already, "
				       "on line %d", s->name, other->line);
	return 0;
}

static int read_one(const struct node *map, struct request *r, struct diag *d)
{
	struct storage *s = &r->storage[r->storages++];
	struct entry e = { .lifecycle = -1 };

	if (field_read(map, "a storage resource", fields, &e, d) < 0 ||
	    request_type_word(map, &e.storage.type, d) < 0)
		return -1;
	*s = e.storage;
	/* Storage that the system is asked for is its own to manage. */
	s->managed = e.lifecycle < 0 ? !strcmp(s->type, "persistent") : e.lifecycle;
	s->line = map->line;
	if (check_unique(map, r, s, d) < 0 || check_dataset(map, s, d) < 0)
		return -1;
	return check_texts(map, d);
}

int request_storage(struct tree *t, const struct node *v, struct request *r, struct diag *d)
{
	if (request_array(t, v, "storage", sizeof *r->storage, &r->storage, d) < 0)
		return -1;
	for (const struct node *n = node_first(v); n; n = node_after(v, n))
		if (read_one(n, r, d) < 0)
			return -1;
	return 0;
}
