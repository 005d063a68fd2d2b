/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <string.h>

#include "config_part.h"
#include "field.h"
#include "instant.h"

static const struct field archive_fields[] = {
	{ "after", FIELD_DURATION, .offset = offsetof(struct config, archive_after) },
	{ NULL }
};

struct policy {
	int unplaceable;
	uint64_t bandwidth;
	uint32_t batch, depth;
	int64_t length, canary, assess;
};

static const char *const unplaceables[] = { "fail", "wait", NULL };

static const struct field policy_fields[] = {
	{ "unplaceable", FIELD_CHOICE, .offset = offsetof(struct policy, unplaceable),
	  .choices = unplaceables },
	{ "bandwidth", FIELD_SIZE, .offset = offsetof(struct policy, bandwidth), .min = 1 },
	{ "batch", FIELD_COUNT, .offset = offsetof(struct policy, batch), .min = 1, .max = 1000000 },
	{ "length", FIELD_DURATION, .offset = offsetof(struct policy, length), .min = 1 },
	{ "depth", FIELD_COUNT, .offset = offsetof(struct policy, depth), .max = 10000 },
	{ "canary", FIELD_DURATION, .offset = offsetof(struct policy, canary), .min = 1 },
	{ "assess", FIELD_DURATION, .offset = offsetof(struct policy, assess), .min = 1 },
	{ NULL }
};

static const struct field offer_fields[] = {
	{ "lifetime", FIELD_DURATION, .offset = offsetof(struct config, offer_lifetime), .min = 1 },
	{ "most", FIELD_COUNT, .offset = offsetof(struct config, offers_most), .min = 1, .max = 16 },
	{ NULL }
};

static const struct field reservation_fields[] = {
	{ "most", FIELD_COUNT, .offset = offsetof(struct config, reservations_most), .max = 1000000 },
	{ "core-hours", FIELD_COUNT, .offset = offsetof(struct config, reservations_core_hours),
	  .alias = "corehours" },
	{ NULL }
};

struct entry {
	int64_t lease;
	const struct node *archive, *offers, *policy, *clearances, *sites, *auth, *stores, *reservations;
	const struct node *prices, *users, *groups, *share, *budgets;
};

static const struct field fields[] = {
	{ "archive", FIELD_NODE, .offset = offsetof(struct entry, archive) },
	{ "lease", FIELD_DURATION, .offset = offsetof(struct entry, lease), .min = 1 },
	{ "offers", FIELD_NODE, .offset = offsetof(struct entry, offers) },
	{ "policy", FIELD_NODE, .offset = offsetof(struct entry, policy) },
	{ "clearances", FIELD_NODE, .offset = offsetof(struct entry, clearances) },
	{ "sites", FIELD_NODE, .offset = offsetof(struct entry, sites) },
	{ "auth", FIELD_NODE, .offset = offsetof(struct entry, auth) },
	{ "prices", FIELD_NODE, .offset = offsetof(struct entry, prices) },
	{ "users", FIELD_NODE, .offset = offsetof(struct entry, users) },
	{ "groups", FIELD_NODE, .offset = offsetof(struct entry, groups) },
	{ "fair-share", FIELD_NODE, .offset = offsetof(struct entry, share), .alias = "fairshare" },
	{ "budgets", FIELD_NODE, .offset = offsetof(struct entry, budgets) },
	{ "stores", FIELD_NODE, .offset = offsetof(struct entry, stores) },
	{ "reservations", FIELD_NODE, .offset = offsetof(struct entry, reservations) },
	{ NULL }
};

struct site_entry {
	const struct node *groups, *tags, *prices;
	bool enabled;
};

static const struct field site_fields[] = {
	{ "groups", FIELD_NODE, .offset = offsetof(struct site_entry, groups) },
	{ "tags", FIELD_NODE, .offset = offsetof(struct site_entry, tags) },
	{ "prices", FIELD_NODE, .offset = offsetof(struct site_entry, prices) },
	{ "enabled", FIELD_BOOL, .offset = offsetof(struct site_entry, enabled) },
	{ NULL }
};

static void defaults(struct config *c)
{
	*c = (struct config){
		.tree = TREE_INIT,
		.archive_after = 7 * DAY_US,
		.lease = HOUR_US,
		.bandwidth = 12500000,
		.batch = 4096,
		.length = HOUR_US,
		.depth = 10,
		.canary = MINUTE_US,
		.assess = 10 * SECOND_US,
		.offer_lifetime = 10 * MINUTE_US,
		.offers_most = 4,
		.reservations_most = UINT32_MAX,
		.reservations_core_hours = UINT32_MAX,
		.prices = PRICES_UNSAID,
	};
	config_accounts_default(&c->accounts);
}

static int read_policy(const struct node *n, struct config *c, struct diag *d)
{
	struct policy p = { 0, c->bandwidth, c->batch, c->depth, c->length, c->canary, c->assess };

	if (config_silent(n))
		return 0;
	if (field_read(n, "policy", policy_fields, &p, d) < 0)
		return -1;
	c->unplaceable_waits = p.unplaceable;
	c->bandwidth = p.bandwidth;
	c->batch = p.batch;
	c->depth = p.depth;
	c->length = p.length;
	c->canary = p.canary;
	c->assess = p.assess;
	return 0;
}

static int read_offers(const struct node *n, struct config *c, struct diag *d)
{
	return config_silent(n) ? 0 : field_read(n, "offers", offer_fields, c, d);
}

static int read_reservations(const struct node *n, struct config *c, struct diag *d)
{
	return config_silent(n) ? 0 : field_read(n, "reservations", reservation_fields, c, d);
}

static int read_archive(const struct node *n, struct config *c, struct diag *d)
{
	return config_silent(n) ? 0 : field_read(n, "archive", archive_fields, c, d);
}

static int read_clearances(const struct node *map, struct config *c, struct diag *d)
{
	int count = config_named(map, "clearances", d);

	if (count <= 0)
		return count;
	c->clearance = tree_alloc(&c->tree, (size_t)count * sizeof *c->clearance);
	if (!c->clearance)
		return diag_nomem(d);
	for (const struct node *n = map->child; n; n = n->next) {
		struct config_clearance *one = &c->clearance[c->clearances++];

		one->name = n->key;
		if (text_list_read(&c->tree, n, n->key, FIELD_NAME, &one->sites, d) < 0)
			return -1;
	}
	return 0;
}

static int read_site(const struct node *n, struct config *c, struct diag *d)
{
	struct config_site *one = &c->site[c->sites++];
	struct site_entry e = { .enabled = true };

	*one = (struct config_site){ .name = n->key, .more = n, .prices = PRICES_UNSAID };
	if (!config_silent(n) && field_read(n, "a site", site_fields, &e, d) < 0)
		return -1;
	one->enabled = e.enabled;
	if (prices_read(e.prices, &one->prices, d) < 0 ||
	    text_list_read(&c->tree, e.groups, "groups", FIELD_NAME, &one->groups, d) < 0)
		return -1;
	return text_list_read(&c->tree, e.tags, "tags", FIELD_NAME, &one->tags, d);
}

static int read_sites(const struct node *map, struct config *c, struct diag *d)
{
	int count = config_named(map, "sites", d);

	if (count <= 0)
		return count;
	c->site = tree_alloc(&c->tree, (size_t)count * sizeof *c->site);
	if (!c->site)
		return diag_nomem(d);
	for (const struct node *n = map->child; n; n = n->next)
		if (read_site(n, c, d) < 0)
			return -1;
	return 0;
}

static int read_all(struct config *c, const char *text, size_t len, struct diag *d)
{
	struct entry e = { .lease = c->lease };

	if (tree_parse(&c->tree, text, len, NULL, d) < 0)
		return -1;
	if (config_silent(c->tree.root))
		return 0;
	if (field_read(c->tree.root, "the configuration", fields, &e, d) < 0)
		return -1;
	c->lease = e.lease;
	if (read_reservations(e.reservations, c, d) < 0 || read_archive(e.archive, c, d) < 0 || read_offers(e.offers, c, d) < 0 ||
	    read_policy(e.policy, c, d) < 0 || read_clearances(e.clearances, c, d) < 0 ||
	    prices_read(e.prices, &c->prices, d) < 0 ||
	    config_accounts_read(&c->tree, e.users, e.groups, e.share, e.budgets, &c->accounts, d) < 0)
		return -1;
	if (read_sites(e.sites, c, d) < 0 || config_read_auth(e.auth, c, d) < 0)
		return -1;
	return config_read_stores(e.stores, c, d);
}

/* On failure nothing half read is left: c is the defaults, and needs no free. */
int config_read(struct config *c, const char *text, size_t len, struct diag *d)
{
	defaults(c);
	if (!text || read_all(c, text, len, d) == 0)
		return 0;
	tree_free(&c->tree);
	defaults(c);
	return -1;
}

void config_free(struct config *c)
{
	if (c)
		tree_free(&c->tree);
}

const struct config_site *config_site(const struct config *c, const char *name)
{
	for (uint32_t i = 0; i < c->sites; i++)
		if (!strcmp(c->site[i].name, name))
			return &c->site[i];
	return NULL;
}

bool config_cleared(const struct config *c, const char *site, const char *clearance)
{
	for (uint32_t i = 0; i < c->clearances; i++)
		if (!strcmp(c->clearance[i].name, clearance) &&
		    text_list_has(&c->clearance[i].sites, site))
			return true;
	return false;
}
