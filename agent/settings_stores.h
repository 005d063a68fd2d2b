/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings_stores - the stores that this site can reach, and how.
 *
 *	stores:
 *	- {name: store-b, url: "s3://store-b/", endpoint: "https://s3.example.org",
 *	   region: eu-1, credentials: store-b.key}
 *
 * An address belongs to the store with the longest `url` that it begins with;
 * one that belongs to none is neither read nor written.  The credentials are a
 * file of the site's own, readable by its owner alone, that is looked at only
 * when it is used.
 */
#ifndef AGENT_SETTINGS_STORES_H
#define AGENT_SETTINGS_STORES_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "node.h"

struct settings_store {
	const char *name;
	const char *url;		/* ends with '/' */
	const char *endpoint;		/* s3: the server; others: in the place of url; NULL */
	const char *region;		/* s3 */
	const char *credentials;	/* absolute path; NULL: none */
	const char *probe;		/* what a measurement reads, below url; NULL: its listing */
	bool read_only;
	uint64_t part;			/* s3: what is larger is sent in parts of this size */
};

/* Lists and strings stay in t.  What is relative is left for the caller to resolve. */
int settings_stores_read(struct tree *t, const struct node *v, struct settings_store **store,
			 uint32_t *stores, struct diag *d);

struct store_secret {
	const char *user, *password;	/* or access-key, secret-key */
	const char *token;		/* http: Bearer; s3: of a session */
	struct tree tree;
};
/* Of a store that has credentials.  Free it by tree_free(). */
int settings_secret_read(const struct settings_store *s, struct store_secret *out,
			 struct diag *d);

#endif
