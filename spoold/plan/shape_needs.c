/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of shape_part.h that reads `storage` and `spec`: data and software. */
#include "shape_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_doc.h"

/* --- datasets -------------------------------------------------------------- */

/* "NAME", or "NAME DIGEST" where a version is wanted. */
static const char *dataset_key(struct tree *arena, const struct storage *st)
{
	char hex[DIGEST_TEXT], *key;
	size_t n = strlen(st->dataset);

	if (!st->has_digest)
		return st->dataset;
	digest_format(&st->digest, hex);
	key = tree_alloc(arena, n + 1 + sizeof hex);
	if (key)
		snprintf(key, n + 1 + sizeof hex, "%s %s", st->dataset, hex);
	return key;
}

/* Back from the keys, in their order. */
static bool split_datasets(struct tree *arena, struct shape *s)
{
	struct digest *g;

	s->pin = tree_alloc(arena, (s->datasets.count + 1) * sizeof *s->pin);
	for (uint32_t i = 0; s->pin && i < s->datasets.count; i++) {
		char *blank = strchr(s->datasets.item[i], ' ');

		s->pin[i] = NULL;
		if (!blank)
			continue;
		*blank = '\0';
		if (!(g = tree_alloc(arena, sizeof *g)) || digest_parse(blank + 1, DIGEST_LEN, g, NULL) < 0)
			return false;
		s->pin[i] = g;
	}
	return s->pin;
}

/* --- addresses ------------------------------------------------------------- */

static int by_url(const void *a, const void *b)
{
	const struct shape_url *x = a, *y = b;

	return strcmp(x->url, y->url);
}

static bool copy_url(struct tree *arena, const struct storage *st, struct shape_url *u)
{
	struct digest *pin = NULL;

	if (st->has_digest && (pin = tree_alloc(arena, sizeof *pin)))
		*pin = st->digest;
	*u = (struct shape_url){ tree_strdup(arena, st->url, strlen(st->url)), st->size, pin };
	return u->url && (pin || !st->has_digest);
}

static bool copy_urls(struct tree *arena, const struct request *r, struct shape *s)
{
	uint32_t n = 0;

	s->urls = 0;
	s->url = tree_alloc(arena, (r->storages + 1) * sizeof *s->url);
	if (!s->url)
		return false;
	for (uint32_t i = 0; i < r->storages; i++)
		if (storage_url(&r->storage[i]) && !copy_url(arena, &r->storage[i], &s->url[n++]))
			return false;
	if (n)
		qsort(s->url, n, sizeof *s->url, by_url);
	for (uint32_t i = 0; i < n; i++)
		if (!s->urls || strcmp(s->url[s->urls - 1].url, s->url[i].url))
			s->url[s->urls++] = s->url[i];
	return true;
}

/* Inputs and outputs by their addresses. */
static bool copy_addresses(struct tree *arena, const struct request *r, struct shape *s)
{
	const char *all[2 * r->storages + 1], *to[r->storages + 1];
	struct text_list addresses = { all, 0 }, outputs = { to, 0 };

	for (uint32_t i = 0; i < r->storages; i++) {
		const struct storage *st = &r->storage[i];

		if (st->to && dataset_url_ok(st->to))
			all[addresses.count++] = to[outputs.count++] = st->to;
		if (storage_url(st))
			all[addresses.count++] = storage_url(st);
	}
	return shape_copy_list(arena, &addresses, &s->addresses) && shape_copy_list(arena, &outputs, &s->outputs) &&
	       copy_urls(arena, r, s);
}

/* --- both, and storage types ------------------------------------------------ */

bool shape_copy_storage(struct tree *arena, const struct request *r, struct shape *s)
{
	const char *names[r->storages + 1], *types[r->storages + 1];
	struct text_list datasets = { names, 0 }, others = { types, 0 };

	for (uint32_t i = 0; i < r->storages; i++) {
		const struct storage *st = &r->storage[i];

		if (st->dataset)
			names[datasets.count++] = dataset_key(arena, st);
		else if (!storage_url(st) && strcmp(st->type, "ephemeral") && strcmp(st->type, "persistent"))
			types[others.count++] = st->type;
	}
	for (uint32_t i = 0; i < datasets.count; i++)
		if (!names[i])
			return false;
	return shape_copy_list(arena, &datasets, &s->datasets) && split_datasets(arena, s) &&
	       copy_addresses(arena, r, s) && shape_copy_list(arena, &others, &s->storage_types);
}

/* --- software --------------------------------------------------------------- */

static bool add_software(struct tree *arena, struct text_list *l, const char *kind, const char *repo,
			 const char *name)
{
	size_t n = repo ? strlen(repo) : 0, size;
	char *text;

	while (n && repo[n - 1] == '/')
		n--;
	size = strlen(kind) + n + strlen(name) + 3;
	if (!(text = tree_alloc(arena, size)))
		return false;
	snprintf(text, size, "%s:%.*s%s%s", kind, (int)n, n ? repo : "", n ? "/" : "", name);
	l->item[l->count++] = text;
	return true;
}

static const char *scalar(const struct node *spec, const char *key)
{
	const struct node *n = node_get(spec, key);

	return n && n->kind == NODE_SCALAR && n->len ? n->text : NULL;
}

bool shape_copy_software(struct tree *arena, const struct request *r, struct shape *s)
{
	const struct node *modules = r->spec ? node_get(r->spec, "modules") : NULL;
	bool oci = r->spec && r->type && !strcmp(r->type, "oci-container");
	const char *image = oci ? scalar(r->spec, "image") : NULL;
	const char *environment = r->spec ? scalar(r->spec, "environment") : NULL;
	struct text_list all = { tree_alloc(arena, (node_entries(modules) + 2) * sizeof *all.item), 0 };

	if (!image && !environment && !modules)
		return true;
	if (!all.item || (image && !add_software(arena, &all, "oci", scalar(r->spec, "repo"), image)) ||
	    (environment && !add_software(arena, &all, "conda", NULL, environment)))
		return false;
	for (const struct node *at = node_first(modules); at; at = node_after(modules, at))
		if (at->kind == NODE_SCALAR && at->len &&
		    !add_software(arena, &all, "module", NULL, at->text))
			return false;
	return shape_copy_list(arena, &all, &s->software);
}
