/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store - one file from an address, or to one.  All calls block, and are made in
 * children; all may be cut off at any point and repeated: what came already is
 * kept, and continued where the store can.  Nothing is believed: whoever calls
 * measures what came.
 */
#ifndef AGENT_STORE_H
#define AGENT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"
#include "progress.h"
#include "settings.h"

#define STORE_UNKNOWN UINT64_MAX

struct store_way {
	const struct settings_store *store;
	const char *url;		/* as everybody calls it */
	char at[4096];			/* what that means here */
};

/* What a transfer says of the store. */
struct store_timing {
	int64_t  first;			/* us until the first byte; 0: not known */
	int64_t  moving;		/* us from then until the last */
	uint64_t bytes;			/* that were moved */
};

struct store_kind {
	const char *const *schemes;
	/* dir/name continues; 0; 1: it is not there; -1. */
	int (*get)(const struct store_way *w, const struct settings *set, int dir, const char *name,
		   uint64_t size, struct progress *p, struct store_timing *t, struct diag *d);
	/* 0; 1: it will not be taken there, whatever we do; -1: perhaps later. */
	int (*put)(const struct store_way *w, const struct settings *set, int dir, const char *name,
		   uint64_t size, const struct digest *g, struct progress *p, struct store_timing *t,
		   struct diag *d);
	/* Read a little; t->first and perhaps the rest are filled. */
	int (*probe)(const struct store_way *w, const struct settings *set, struct store_timing *t,
		     struct diag *d);
};

extern const struct store_kind store_file, store_curl, store_rsync;

/* The store that the address lies in.  NULL: none here. */
const struct settings_store *store_of(const struct settings *set, const char *url);

int store_get(const struct settings *set, const char *url, int dir, const char *name,
	      uint64_t size, struct progress *p, struct diag *d);
int store_put(const struct settings *set, const char *url, int dir, const char *name,
	      uint64_t size, const struct digest *g, struct progress *p, struct diag *d);
/* Give up what was sent in parts and is not whole, by what stands in dir (the p->dir of
 * store_put()).  0: there is nothing of it left. */
int store_withdraw(const struct settings *set, int dir, struct diag *d);
int store_probe(const struct settings *set, const struct settings_store *s,
		struct store_timing *t, struct diag *d);

/* path as it stands in a URL: what is not a letter, digit or one of -._~/ as %XX. */
void store_escape(struct buf *out, const char *path);
/* Back from it. */
void store_unescape(struct buf *out, const char *path);

#endif
