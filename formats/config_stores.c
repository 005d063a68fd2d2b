/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "config_part.h"
#include "dataset_doc.h"
#include "field.h"

struct store_entry {
	struct config_store store;
	const struct node *clearances;
};

static const struct field store_fields[] = {
	{ "url", FIELD_TEXT, .offset = offsetof(struct store_entry, store.url), .required = true,
	  .max = 2000 },
	{ "clearances", FIELD_NODE, .offset = offsetof(struct store_entry, clearances) },
	{ "bandwidth", FIELD_SIZE, .offset = offsetof(struct store_entry, store.bandwidth) },
	{ NULL }
};

static int read_store(const struct node *n, struct config *c, struct diag *d)
{
	struct config_store *one = &c->store[c->stores++];
	struct store_entry e = { .store = { .name = n->key } };
	const struct node *url;

	if (field_read(n, "a store", store_fields, &e, d) < 0)
		return -1;
	*one = e.store;
	url = node_get(n, "url");
	if (!dataset_url_ok(one->url) || !strncmp(one->url, "site:", 5) ||
	    one->url[strlen(one->url) - 1] != '/')
		return diag_at(d, url->line, url->col, "url: expected an address of file, http, https, "
			       "s3, rsync or ssh that ends with \"/\", found \"%.200s\"", one->url);
	return text_list_read(&c->tree, e.clearances, "clearances", FIELD_NAME, &one->clearances, d);
}

int config_read_stores(const struct node *map, struct config *c, struct diag *d)
{
	int count = config_named(map, "stores", d);

	if (count <= 0)
		return count;
	c->store = tree_alloc(&c->tree, (size_t)count * sizeof *c->store);
	if (!c->store)
		return diag_nomem(d);
	for (const struct node *n = map->child; n; n = n->next)
		if (read_store(n, c, d) < 0)
			return -1;
	return 0;
}

const struct config_store *config_store(const struct config *c, const char *name)
{
	for (uint32_t i = 0; i < c->stores; i++)
		if (!strcmp(c->store[i].name, name))
			return &c->store[i];
	return NULL;
}
