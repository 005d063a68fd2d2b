/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * data_at - what data and software a place has, and in which version.
 *
 * One version of a dataset counts: the one that the job has pinned, else the hub's,
 * else the site's own.  Whoever has another does not have it.
 */
#ifndef PLAN_DATA_AT_H
#define PLAN_DATA_AT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "config.h"
#include "dataset_doc.h"
#include "digest.h"
#include "site.h"

/* A dataset that the hub can give to any site. */
struct catalogue_entry {
	const char *name;
	uint64_t bytes;
	struct digest digest;
	bool measured;		/* false: it is there, but not read yet */
	bool here;		/* the hub has this version itself */
	const struct dataset_doc *doc;	/* NULL: no document, only data/NAME */
};

struct catalogue {
	struct catalogue_entry *entry;	/* sorted by name */
	uint32_t entries;
};

const struct catalogue_entry *catalogue_find(const struct catalogue *c, const char *name);

/* What the site has of a dataset, in the version that counts: the one that is pinned,
 * else the hub's, else its own (of several that with the smallest digest); hub and pin
 * may be NULL.  NULL: nothing. */
const struct site_dataset *dataset_held(const struct site_doc *site, const char *name,
					const struct catalogue_entry *hub, const struct digest *pin);
/* Can the hub give it, or tell where it lies, in that version? */
bool dataset_known(const struct catalogue_entry *hub, const struct digest *pin);

/* Has the site this software?  An image without a tag is its latest. */
bool software_resolved(const struct site_doc *site, const char *software);

/* Where a replica lies, as the sites call it: in text, or NULL when config.yaml knows
 * no such store. */
const char *replica_url(const struct dataset_replica *r, const struct config *config,
			struct buf *text);

#endif
