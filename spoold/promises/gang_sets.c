/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gang_sets.h"

#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "hub.h"
#include "shapes.h"

static bool add_group(struct gang_sets *s, const char *name)
{
	const char **more;

	for (uint32_t i = 0; i < s->count; i++)
		if (!strcmp(s->group[i], name))
			return true;
	more = realloc(s->group, (s->count + 1) * sizeof *more);
	if (!more)
		return false;
	s->group = more;
	s->group[s->count++] = name;
	return true;
}

static const struct text_list *granted(const struct hub *h, const struct site *s)
{
	static const struct text_list none;
	const struct config_site *cs = config_site(&h->config, s->name);

	return cs ? &cs->groups : &none;
}

bool gang_sets_begin(const struct hub *h, enum transaction_same same, struct gang_sets *s)
{
	bool good = true;

	*s = (struct gang_sets){ .count = same == SAME_ANY ? 1 : h->sites.count };
	if (same != SAME_GROUP)
		return true;
	s->count = 0;
	for (uint32_t i = 0; good && i < h->sites.count; i++) {
		const struct site *at = h->sites.site[i];

		for (uint32_t k = 0; good && at->known && k < at->doc.groups.count; k++)
			good = add_group(s, at->doc.groups.item[k]);
		for (uint32_t k = 0; good && at->known && k < granted(h, at)->count; k++)
			good = add_group(s, granted(h, at)->item[k]);
	}
	return good;
}

bool gang_in_set(const struct hub *h, enum transaction_same same, const struct gang_sets *s, uint32_t set,
		   uint16_t site)
{
	const struct site *at = h->sites.site[site];

	if (!at->known)
		return false;
	if (same == SAME_GROUP)
		return text_list_has(&at->doc.groups, s->group[set]) || text_list_has(granted(h, at), s->group[set]);
	return same == SAME_ANY || set == site;
}

void gang_sets_end(struct gang_sets *s)
{
	free(s->group);
	s->group = NULL;
}

/* --- what they cost ---------------------------------------------------------------- */

/* The least that one of the set asks of this shape; negative: none may have it. */
static double least_of(struct hub *h, const struct gang_want *w, const struct gang_sets *sets, uint32_t set,
		       uint32_t shape)
{
	double least = -1;

	for (uint32_t s = 0; s < h->sites.count; s++) {
		const struct match *m = gang_in_set(h, w->same, sets, set, (uint16_t)s)
			? shapes_match(h, shape, (uint16_t)s) : NULL;
		double price = m && m->may ? accounts_price(h, shape, (uint16_t)s) : -1;

		if (price >= 0 && (least < 0 || price < least))
			least = price;
	}
	return least;
}

double gang_least_price(struct hub *h, const struct gang_want *w)
{
	struct gang_sets sets;
	bool good = gang_sets_begin(h, w->same, &sets);
	double least = -1;

	for (uint32_t s = 0; good && s < sets.count; s++) {
		double sum = 0, one = 0;

		for (uint32_t i = 0; one >= 0 && i < w->n; i++) {
			one = least_of(h, w, &sets, s, w->shape[i]);
			sum += one;
		}
		if (one >= 0 && (least < 0 || sum < least))
			least = sum;
	}
	gang_sets_end(&sets);
	return least;
}
