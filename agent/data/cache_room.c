/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to go so that more fits. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cache.h"
#include "heap.h"
#include "io.h"

static uint64_t disk_free(const struct cache *c)
{
	struct statvfs fs;

	return fstatvfs(c->dir, &fs) < 0 ? UINT64_MAX : (uint64_t)fs.f_bavail * fs.f_frsize;
}

static bool fits(const struct cache *c, uint64_t more)
{
	if (c->limit != UINT64_MAX && (c->bytes > c->limit || more > c->limit - c->bytes))
		return false;
	return more <= disk_free(c);
}

/* --- who goes first ---------------------------------------------------------------- */

/* A heap, made when the first has to go. */
struct candidate { struct digest digest; int64_t used; };
struct candidates {
	struct candidate *item;
	uint32_t count;
	bool made;
	cache_needed *needed;
	void *ctx;
};

static bool before(const void *a, const void *b, const void *of)
{
	const struct candidate *x = a, *y = b;

	(void)of;
	return x->used < y->used || (x->used == y->used && memcmp(&x->digest, &y->digest, sizeof x->digest) < 0);
}

static int make_candidates(const struct cache *c, struct candidates *all, struct diag *d)
{
	if (all->made)
		return 0;
	all->item = calloc(c->count + 1ul, sizeof *all->item);
	if (!all->item)
		return diag_nomem(d);
	for (uint32_t i = 0; i < c->count; i++)
		all->item[i] = (struct candidate){ c->entry[i].digest, c->entry[i].used };
	all->count = c->count;
	all->made = true;
	heap_make(all->item, sizeof *all->item, all->count, before, NULL);
	return 0;
}

/* It may have been used since that was last looked at: never before. */
static bool used_since(const struct cache *c, struct candidate *one)
{
	char name[CACHE_NAME];
	struct stat st;
	int64_t used;

	cache_name(name, &one->digest, "yaml");
	if (fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	used = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
	if (used <= one->used)
		return false;
	one->used = used;
	return true;
}

/* The least recently used one that nobody needs: 1, 0: there is none. */
static int take_victim(const struct cache *c, struct candidates *all, struct digest *out)
{
	struct candidate *first = all->item;

	while (all->count) {
		if (used_since(c, first)) {
			heap_down(first, sizeof *first, all->count, 0, before, NULL);
			continue;
		}
		*out = first->digest;
		*first = first[--all->count];
		heap_down(first, sizeof *first, all->count, 0, before, NULL);
		if (!all->needed(out, all->ctx))
			return 1;
	}
	return 0;
}

/* 1: one has gone; 0: none can. */
static int evict_one(struct cache *c, struct candidates *all, struct diag *d)
{
	const struct cache_entry *e;
	struct digest g;

	if (make_candidates(c, all, d) < 0)
		return -1;
	if (!take_victim(c, all, &g))
		return 0;
	e = cache_find(c, &g);
	if (!e)
		return 1;
	if (cache_throw_away(c, &g, d) < 0)
		return -1;
	cache_drop(c, (uint32_t)(e - c->entry));
	return 1;
}

/* --- making room ------------------------------------------------------------------ */

static int make_room(struct cache *c, uint64_t more, struct candidates *all, struct diag *d)
{
	int rc = 1;

	/* Down to the low water in one go, as far as nobody needs what is there. */
	if (c->high != UINT64_MAX && c->bytes + more > c->high)
		while (rc > 0 && c->bytes + more > c->low)
			rc = evict_one(c, all, d);
	while (rc >= 0 && !fits(c, more)) {
		rc = evict_one(c, all, d);
		if (!rc)
			return 0;
	}
	return rc < 0 ? -1 : 1;
}

int cache_make_room(struct cache *c, uint64_t bytes, uint64_t coming, cache_needed *needed,
		    void *ctx, struct diag *d)
{
	struct candidates all = { .needed = needed, .ctx = ctx };
	int rc;

	if (bytes > c->limit)
		return diag_set(d, "it has %" PRIu64 " bytes and the cache here holds %" PRIu64,
				bytes, c->limit);
	rc = make_room(c, bytes + coming, &all, d);
	free(all.item);
	return rc;
}
