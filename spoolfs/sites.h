/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sites - what sites say about themselves, for sites/SITE/.
 *
 * Nothing here is kept fresh by a watch: there are few sites, so the files
 * are looked at whenever somebody asks.  The last document that was parsed is
 * kept until its file changes.  Has its own lock.
 */
#ifndef SPOOLFS_SITES_H
#define SPOOLFS_SITES_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "buf.h"
#include "site.h"
#include "spool.h"
#include "value.h"

struct sites {
	pthread_mutex_t lock;
	struct values names;	/* numbers that stay */
	uint32_t parsed;	/* whose document `doc` is; 0: nobody's */
	struct stat at;		/* the file it was parsed from */
	struct tree tree;
	struct site_doc doc;
};

bool sites_init(struct sites *s);
void sites_free(struct sites *s);

/* The number of a site that is there; 0: it is not.  */
uint32_t sites_find(struct sites *s, const struct spool *sp, const char *name);
/* Its name, which stays; NULL: no such number. */
const char *sites_name(struct sites *s, uint32_t number);
/* Call for the name of each site, until it returns false. */
void sites_each(const struct spool *sp, bool (*call)(void *ctx, const char *name), void *ctx);

/* stat(2) of the document; -1: it has sent none yet. */
int sites_stat(const struct spool *sp, const char *name, struct stat *st);
/* The document as it stands: nothing is appended if there is none. */
void sites_text(const struct spool *sp, const char *name, struct buf *out);
/* Call with its document as it is now, if it has one; under the lock of sites. */
void sites_with(struct sites *s, const struct spool *sp, uint32_t number,
		void (*call)(void *ctx, const struct site_doc *doc), void *ctx);
/* The load, one line; nothing when it is not known. */
void sites_load(struct sites *s, const struct spool *sp, uint32_t number, struct buf *out);
/* What is said about one cached dataset; false: there is no such. */
bool sites_dataset(struct sites *s, const struct spool *sp, uint32_t number, const char *name,
		   struct buf *out);
/* Append the names of all cached datasets, each with a NUL. */
void sites_datasets(struct sites *s, const struct spool *sp, uint32_t number, struct buf *out);

#endif
