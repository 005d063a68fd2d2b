/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "holdings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "grow.h"

/* --- chains ------------------------------------------------------------------------- */

typedef bool same_key(const struct site_dataset *a, const struct site_dataset *b);

static bool same_name(const struct site_dataset *a, const struct site_dataset *b)
{
	return !strcmp(a->name, b->name);
}

static bool same_digest(const struct site_dataset *a, const struct site_dataset *b)
{
	return digest_eq(&a->digest, &b->digest);
}

static uint32_t hash_name(const struct holdings *h, const char *name)
{
	return (uint32_t)hash64(name, strlen(name), h->seed);
}

static uint32_t hash_digest(const struct holdings *h, const struct digest *g)
{
	return (uint32_t)hash64(g, sizeof *g, h->seed);
}

static uint32_t first_of(const struct holdings *h, const struct holdings_index *x, uint32_t hash,
			 const struct site_dataset *like, same_key *same)
{
	uint32_t i, at = 0;

	while ((i = lookup_next(&x->first, hash, &at)) != NO_ITEM)
		if (same(&h->item[i], like))
			return i;
	return NO_ITEM;
}

static uint32_t first_name(const struct holdings *h, const char *name)
{
	const struct site_dataset like = { .name = name };

	return first_of(h, &h->name, hash_name(h, name), &like, same_name);
}

static uint32_t first_digest(const struct holdings *h, const struct digest *g)
{
	const struct site_dataset like = { .digest = *g };

	return first_of(h, &h->digest, hash_digest(h, g), &like, same_digest);
}

/* Behind the first of its chain, or as the first. */
static void enter(struct holdings_index *x, uint32_t i, uint32_t hash, uint32_t first)
{
	struct holdings_chain *c = &x->at[i];

	*c = (struct holdings_chain){ hash, first, NO_ITEM };
	if (first == NO_ITEM) {
		lookup_add(&x->first, hash, i);
		return;
	}
	c->after = x->at[first].after;
	x->at[first].after = i;
	if (c->after != NO_ITEM)
		x->at[c->after].before = i;
}

static void leave(struct holdings_index *x, uint32_t i)
{
	struct holdings_chain *c = &x->at[i];

	if (c->after != NO_ITEM)
		x->at[c->after].before = c->before;
	if (c->before != NO_ITEM) {
		x->at[c->before].after = c->after;
		return;
	}
	lookup_remove(&x->first, c->hash, i);
	if (c->after != NO_ITEM)
		lookup_add(&x->first, c->hash, c->after);	/* where there was room for i */
}

static void move(struct holdings_index *x, uint32_t from, uint32_t to)
{
	struct holdings_chain *c = &x->at[to];

	*c = x->at[from];
	if (c->after != NO_ITEM)
		x->at[c->after].before = to;
	if (c->before != NO_ITEM) {
		x->at[c->before].after = to;
		return;
	}
	lookup_remove(&x->first, c->hash, from);
	lookup_add(&x->first, c->hash, to);
}

/* --- items -------------------------------------------------------------------------- */

static bool reserve(struct holdings *h)
{
	return grow(&h->item, h->count, &h->cap, sizeof *h->item) &&
	       grow(&h->name.at, h->count, &h->name.cap, sizeof *h->name.at) &&
	       grow(&h->digest.at, h->count, &h->digest.cap, sizeof *h->digest.at) &&
	       lookup_reserve(&h->name.first) && lookup_reserve(&h->digest.first);
}

static bool add(struct holdings *h, const struct site_dataset *one)
{
	uint32_t i = h->count, name = first_name(h, one->name), digest = first_digest(h, &one->digest);
	char *own = reserve(h) ? strdup(one->name) : NULL;

	if (!own)
		return false;
	h->item[i] = *one;
	h->item[i].name = own;
	h->count++;
	enter(&h->name, i, hash_name(h, own), name);
	enter(&h->digest, i, hash_digest(h, &one->digest), digest);
	return true;
}

/* The last one takes its place. */
static void drop(struct holdings *h, uint32_t i)
{
	uint32_t last = h->count - 1;

	free((char *)h->item[i].name);
	leave(&h->name, i);
	leave(&h->digest, i);
	h->count = last;
	if (i == last)
		return;
	h->item[i] = h->item[last];
	move(&h->name, last, i);
	move(&h->digest, last, i);
}

/* --- news --------------------------------------------------------------------------- */

static bool add_all(struct holdings *h, const struct site_doc *news)
{
	for (uint32_t i = 0; i < news->datasets; i++)
		if (!add(h, &news->dataset[i]))
			return false;
	return true;
}

static int hear_whole(struct holdings *h, const struct site_doc *news, struct diag *d)
{
	struct holdings all = HOLDINGS_INIT;

	if (getrandom(&all.seed, sizeof all.seed, 0) < 0)
		return diag_errno(d, "cannot have a random number");
	if (!add_all(&all, news)) {
		holdings_free(&all);
		return diag_nomem(d);
	}
	holdings_free(h);
	*h = all;
	return 1;
}

static int by_digest(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

/* What went, and what is told anew: the same dataset may have another name now.
 * Each once: that many; they are the caller's. */
static uint32_t changed(const struct site_doc *news, struct digest **out)
{
	struct digest *all = malloc(((size_t)news->drops + news->datasets + 1) * sizeof *all);
	uint32_t n = 0, kept = 0;

	*out = all;
	for (uint32_t i = 0; all && i < news->drops; i++)
		all[n++] = news->dropped[i];
	for (uint32_t i = 0; all && i < news->datasets; i++)
		all[n++] = news->dataset[i].digest;
	if (n)
		qsort(all, n, sizeof *all, by_digest);
	for (uint32_t i = 0; i < n; i++)
		if (!kept || !digest_eq(&all[kept - 1], &all[i]))
			all[kept++] = all[i];
	return kept;
}

struct numbers { uint32_t *item, count, cap; };

/* The items that have to go for these news. */
static bool outdated(const struct holdings *h, const struct site_doc *news, struct numbers *out)
{
	struct digest *all;
	uint32_t n = changed(news, &all);
	bool good = all;

	for (uint32_t k = 0; k < n; k++)
		for (uint32_t i = first_digest(h, &all[k]); good && i != NO_ITEM; i = h->digest.at[i].after)
			if ((good = grow(&out->item, out->count, &out->cap, sizeof *out->item)))
				out->item[out->count++] = i;
	free(all);
	return good;
}

static int downwards(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x < y) - (x > y);
}

/* What can fail comes first, and can be undone: new ones are the last.  Behind one
 * that goes none is outdated, so the one that takes its place is not. */
static int hear_change(struct holdings *h, const struct site_doc *news, struct diag *d)
{
	struct numbers old = { NULL, 0, 0 };
	uint32_t before = h->count;
	bool good = outdated(h, news, &old) && add_all(h, news);

	while (!good && h->count > before)
		drop(h, h->count - 1);
	if (good && old.count)
		qsort(old.item, old.count, sizeof *old.item, downwards);
	for (uint32_t i = 0; good && i < old.count; i++)
		drop(h, old.item[i]);
	free(old.item);
	return good ? 1 : diag_nomem(d);
}

int holdings_hear(struct holdings *h, const struct site_doc *news, struct diag *d)
{
	int r = 0;

	if (!news->cache.since)
		r = hear_whole(h, news, d);
	else if (h->generation == news->cache.since)
		r = hear_change(h, news, d);
	if (r == 1)
		h->generation = news->cache.generation;
	return r;
}

void holdings_show(const struct holdings *h, struct site_doc *doc)
{
	doc->dataset = h->item;
	doc->datasets = h->count;
	doc->drops = 0;
	doc->cache.since = 0;
	doc->cache.generation = h->generation;
	doc->held = h;
}

/* --- finding ------------------------------------------------------------------------ */

static const struct site_dataset *smallest(const struct holdings *h, uint32_t first)
{
	const struct site_dataset *best = &h->item[first];

	for (uint32_t i = h->name.at[first].after; i != NO_ITEM; i = h->name.at[i].after)
		if (memcmp(&h->item[i].digest, &best->digest, sizeof best->digest) < 0)
			best = &h->item[i];
	return best;
}

const struct site_dataset *holdings_find(const struct holdings *h, const char *name,
					 const struct digest *digest)
{
	uint32_t i = digest ? first_digest(h, digest) : first_name(h, name);

	if (!digest)
		return i == NO_ITEM ? NULL : smallest(h, i);
	while (i != NO_ITEM && strcmp(h->item[i].name, name))
		i = h->digest.at[i].after;
	return i == NO_ITEM ? NULL : &h->item[i];
}

bool holdings_has(const struct holdings *h, const struct digest *digest)
{
	return first_digest(h, digest) != NO_ITEM;
}

static void free_index(struct holdings_index *x)
{
	lookup_free(&x->first);
	free(x->at);
}

void holdings_free(struct holdings *h)
{
	for (uint32_t i = 0; i < h->count; i++)
		free((char *)h->item[i].name);
	free(h->item);
	free_index(&h->name);
	free_index(&h->digest);
	*h = (struct holdings)HOLDINGS_INIT;
}
