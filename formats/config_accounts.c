/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config_accounts.h"

#include <string.h>

#include "config_part.h"
#include "field.h"
#include "instant.h"

static const char *const periods[] = { "month", "year", NULL };

struct share { int64_t half_life, expected; const struct node *weights; };

static const struct field share_fields[] = {
	{ "half-life", FIELD_DURATION, .offset = offsetof(struct share, half_life), .min = 1,
	  .alias = "halflife" },
	{ "expected", FIELD_DURATION, .offset = offsetof(struct share, expected), .min = 1 },
	{ "weights", FIELD_NODE, .offset = offsetof(struct share, weights) },
	{ NULL }
};

static const struct field budget_fields[] = {
	{ "period", FIELD_CHOICE, .offset = offsetof(struct config_accounts, period), .choices = periods },
	{ NULL }
};

struct entry { double share, budget; const struct node *users; };

static const struct field user_fields[] = {
	{ "share", FIELD_REAL, .offset = offsetof(struct entry, share) },
	{ "budget", FIELD_REAL, .offset = offsetof(struct entry, budget) },
	{ NULL }
};

static const struct field group_fields[] = {
	{ "share", FIELD_REAL, .offset = offsetof(struct entry, share) },
	{ "budget", FIELD_REAL, .offset = offsetof(struct entry, budget) },
	{ "users", FIELD_NODE, .offset = offsetof(struct entry, users) },
	{ NULL }
};

void config_accounts_default(struct config_accounts *c)
{
	*c = (struct config_accounts){
		.half_life = 7 * DAY_US, .expected = HOUR_US, .weights = { .core_hour = 1 },
	};
}

static int read_share(const struct node *n, struct config_accounts *c, struct diag *d)
{
	struct share s = { c->half_life, c->expected, NULL };

	if (config_silent(n))
		return 0;
	if (field_read(n, "fair-share", share_fields, &s, d) < 0)
		return -1;
	c->half_life = s.half_life;
	c->expected = s.expected;
	/* Who weighs anything weighs everything: what is left out counts nothing. */
	if (!config_silent(s.weights))
		c->weights = (struct prices){ 0 };
	return prices_read(s.weights, &c->weights, d);
}

static int complain(const struct node *map, const struct field *fields, const char *key,
		    const char *expected, struct diag *d)
{
	const struct node *n = field_get(map, fields, key);

	return diag_at(d, n->line, n->col, "%s: expected a number that is %s, found \"%.40s\"", key,
		       expected, n->text);
}

static int read_one(struct tree *t, const struct node *n, const struct field *fields,
		    struct config_account *a, struct diag *d)
{
	struct entry e = { .share = 1, .budget = -1 };

	*a = (struct config_account){ .name = n->key, .share = 1, .budget = -1 };
	if (config_silent(n))
		return 0;
	if (field_read(n, fields == user_fields ? "a user" : "a group", fields, &e, d) < 0)
		return -1;
	if (!(e.share > 0))
		return complain(n, fields, "share", "more than 0", d);
	if (e.budget < 0 && field_get(n, fields, "budget"))
		return complain(n, fields, "budget", "not negative", d);
	a->share = e.share;
	a->budget = e.budget;
	return text_list_read(t, e.users, "users", FIELD_NAME, &a->users, d);
}

static int read_many(struct tree *t, const struct node *map, const char *what, const struct field *fields,
		     struct config_account **list, uint32_t *count, struct diag *d)
{
	int n = config_named(map, what, d);

	if (n <= 0)
		return n;
	*list = tree_alloc(t, (size_t)n * sizeof **list);
	if (!*list)
		return diag_nomem(d);
	for (const struct node *one = map->child; one; one = one->next)
		if (read_one(t, one, fields, &(*list)[(*count)++], d) < 0)
			return -1;
	return 0;
}

int config_accounts_read(struct tree *t, const struct node *users, const struct node *groups,
			 const struct node *share, const struct node *budgets,
			 struct config_accounts *c, struct diag *d)
{
	if (read_share(share, c, d) < 0 ||
	    (!config_silent(budgets) && field_read(budgets, "budgets", budget_fields, c, d) < 0) ||
	    read_many(t, users, "users", user_fields, &c->user, &c->users, d) < 0)
		return -1;
	return read_many(t, groups, "groups", group_fields, &c->group, &c->groups, d);
}

static const struct config_account *find(const struct config_account *list, uint32_t n, const char *name)
{
	for (uint32_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, name))
			return &list[i];
	return NULL;
}

const struct config_account *config_user(const struct config_accounts *c, const char *name)
{
	return find(c->user, c->users, name);
}

const struct config_account *config_group(const struct config_accounts *c, const char *name)
{
	return find(c->group, c->groups, name);
}

const struct config_account *config_group_of(const struct config_accounts *c, const char *user)
{
	for (uint32_t i = 0; i < c->groups; i++)
		if (text_list_has(&c->group[i].users, user))
			return &c->group[i];
	return NULL;
}
