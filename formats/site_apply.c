/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "site.h"

static int by_digest(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

/* What went, and what is told anew: the same dataset may have another name now. */
static struct digest *changed(struct tree *t, const struct site_doc *news, uint32_t *count)
{
	struct digest *all = tree_alloc(t, ((size_t)news->drops + news->datasets + 1) * sizeof *all);
	uint32_t n = 0;

	if (!all)
		return NULL;
	for (uint32_t i = 0; i < news->drops; i++)
		all[n++] = news->dropped[i];
	for (uint32_t i = 0; i < news->datasets; i++)
		all[n++] = news->dataset[i].digest;
	qsort(all, n, sizeof *all, by_digest);
	*count = n;
	return all;
}

int site_apply(struct tree *t, const struct site_doc *known, struct site_doc *news,
	       struct diag *d)
{
	struct site_dataset *all;
	struct digest *gone;
	uint32_t n = 0, gones;

	if (!news->cache.since)
		return 1;
	if (known->cache.generation != news->cache.since || known->cache.since)
		return 0;
	all = tree_alloc(t, ((size_t)known->datasets + news->datasets + 1) * sizeof *all);
	gone = changed(t, news, &gones);
	if (!all || !gone)
		return diag_nomem(d);
	for (uint32_t i = 0; i < known->datasets; i++)
		if (!bsearch(&known->dataset[i].digest, gone, gones, sizeof *gone, by_digest))
			all[n++] = known->dataset[i];
	for (uint32_t i = 0; i < news->datasets; i++)
		all[n++] = news->dataset[i];
	news->dataset = all;
	news->datasets = n;
	news->drops = 0;
	news->cache.since = 0;
	return 1;
}
