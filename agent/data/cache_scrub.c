/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cache.h"
#include "dataset.h"
#include "io.h"

static void note_checked(const struct cache *c, const struct digest *g)
{
	char name[CACHE_NAME];

	cache_name(name, g, "checked");
	(void)!io_publish(c->dir, name, 0600, "", 0, 0, NULL);
}

int cache_scrub_one(struct cache *c, const struct cache_entry *e, cache_rotten *rotten, void *ctx,
		    struct diag *d)
{
	struct dataset_measure m;
	struct diag why = DIAG_INIT;
	char hex[DIGEST_TEXT];
	int rc;

	digest_format(&e->digest, hex);
	rc = dataset_measure(c->dir, hex, &m, NULL, &why);
	if (rc < 0 && why.err == ENOENT)
		return 0;	/* evicted meanwhile */
	if (rc == 0 && digest_eq(&m.digest, &e->digest)) {
		note_checked(c, &e->digest);
		return 0;
	}
	rotten(e, ctx);
	return cache_throw_away(c, &e->digest, d) < 0 ? -1 : 1;
}

int cache_scrub(struct cache *c, cache_rotten *rotten, void *ctx, struct diag *d)
{
	int found = 0, rc;

	for (uint32_t i = 0; i < c->count; i++) {
		rc = cache_scrub_one(c, &c->entry[i], rotten, ctx, d);
		if (rc < 0)
			return -1;
		found += rc;
	}
	return found;
}
