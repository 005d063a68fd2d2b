/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * match - may this shape run at this site, and what would it have to fetch?
 *
 * Pure: values in, values out.  The order of the tests is the order of the
 * reasons: clearance, groups, tags, task type, how software is resolved,
 * resources the site can never have, datasets nobody can give it.
 */
#ifndef PLAN_MATCH_H
#define PLAN_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "config.h"
#include "dataset_doc.h"
#include "digest.h"
#include "shape.h"
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

struct match {
	bool may;
	bool denied;		/* it may not, and only for want of permission: clearance, authentication */
	bool later;		/* it may not, but that ends by itself: ask again */
	bool preferred;		/* has every preferred tag */
	bool avoided;		/* has one of the tags to avoid */
	uint32_t unresolved;	/* software that it would have to get first */
	uint64_t missing;	/* bytes of inputs that are not at the site */
	uint64_t held;		/* bytes of inputs that are */
};

/* Where a replica lies, as the sites call it: in text, or NULL when config.yaml knows
 * no such store. */
const char *replica_url(const struct dataset_replica *r, const struct config *config,
			struct buf *text);

/*
 * Fill *m.  Reservations are no matter of a site, and are not looked at; one that
 * is asked for has no type.  When it may not and reasons is not NULL, append each reason as a
 * phrase ("it runs no oci-container"), separated by "; ".
 */
void match_site(const struct shape *s, const struct site_doc *site, const struct config *config,
		const struct catalogue *catalogue, struct match *m, struct buf *reasons);

#endif
