/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dataset_doc - what the catalogue says of a dataset: SPOOL/data/NAME.yaml.
 * docs/spool-dataset.5, dataset.schema.yaml.
 *
 *	dataset: gaia-dr3
 *	digest: 3f2a...				which version this is (dataset.h)
 *	size: 12.5GB
 *	sensitivity: clinical
 *	files:					none: it is one file, not a tree
 *	- {path: a/1.fits, size: 2880, digest: 77b1...}
 *	replicas:
 *	- {store: nearby, path: gaia/dr3/}	in a store of config.yaml
 *	- {url: "s3://public/gaia/dr3/"}
 *	- {site: north}				in that site's cache
 *
 * A version is what its digest says.  With `files` the digest may be left out:
 * it is that of their manifest; said and different, the document is refused.
 * Without both, it is whatever data/NAME holds.  A replica of a tree is the
 * prefix that each file's path is put behind, so it ends with '/'.
 */
#ifndef FORMATS_DATASET_DOC_H
#define FORMATS_DATASET_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "digest.h"
#include "node.h"

struct dataset_file {
	const char *path;		/* relative; see message_path_ok() */
	uint64_t size;
	struct digest digest;
};

struct dataset_replica {		/* one of store, url and site is there */
	const char *store, *path;	/* path: below the store's URL, "" if not said */
	const char *url;
	const char *site;
};

struct dataset_doc {
	const char *name;
	bool known;			/* digest and size are */
	struct digest digest;
	uint64_t size;			/* bytes, of all files */
	const char *sensitivity;	/* NULL: none */
	struct dataset_file *file;	/* sorted by path, bytewise */
	uint32_t files;			/* 0: one file */
	struct dataset_replica *replica;
	uint32_t replicas;
};

/* Lists go into t's arena, strings stay in the tree. */
int dataset_doc_read(struct tree *t, const struct node *root, struct dataset_doc *s,
		     struct diag *d);
/* In the fixed key order of above. */
void dataset_doc_write(struct buf *b, const struct dataset_doc *s);

/* The lines whose SHA-256 is the digest of a tree: see dataset.h. */
void dataset_manifest_write(struct buf *b, const struct dataset_file *file, uint32_t files);
/* Back from the text; its SHA-256 says whether it is the right one. */
int dataset_manifest_read(struct tree *t, const char *text, size_t len,
			  struct dataset_file **file, uint32_t *files, struct diag *d);

/* Has it the form of an address that data can lie at?  SCHEME://REST, printable, of
 * file, http, https, s3, rsync, ssh or site. */
bool dataset_url_ok(const char *url);

#endif
