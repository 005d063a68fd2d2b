/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies in the cache, as it is known here. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"
#include "field.h"
#include "grow.h"
#include "background.h"
#include "io.h"
#include "line.h"

struct about { const char *dataset, *fingerprint, *any; uint64_t bytes; };

/* An entry without it still serves; it only has no name, and counts as nothing. */
static void read_about(struct cache *c, struct cache_entry *e)
{
	static const struct field fields[] = {
		{ "dataset", FIELD_NAME, offsetof(struct about, dataset), .max = 128 },
		{ "size", FIELD_SIZE, offsetof(struct about, bytes) },
		{ "fingerprint", FIELD_TEXT, offsetof(struct about, fingerprint) },
		{ "any", FIELD_TEXT, offsetof(struct about, any) },
		{ .name = NULL },
	};
	struct about a = { .bytes = 0 };
	struct buf text = BUF_INIT;
	struct line_reader r;
	struct line l;
	struct stat st;
	char name[CACHE_NAME];

	cache_name(name, &e->digest, "yaml");
	if (!fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW))
		e->used = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
	if (io_read(c->dir, name, 4096, &text, NULL) == 0) {
		line_open(&r, text.s, text.len);
		if (line_next(&r, &l, NULL) > 0 &&
		    field_read(l.map, "a cache entry", fields, &a, NULL) == 0) {
			snprintf(e->name, sizeof e->name, "%s", a.dataset ? a.dataset : "");
			e->bytes = a.bytes;
			e->fingerprint = a.fingerprint ? strtoull(a.fingerprint, NULL, 16) : 0;
			e->any = a.any ? strtoull(a.any, NULL, 16) : 0;
		}
		line_close(&r);
	}
	buf_free(&text);
}

/* --- the table ---------------------------------------------------------------------- */

static uint32_t hash(const struct digest *g)
{
	uint32_t h;

	memcpy(&h, g->b, sizeof h);
	return h;
}

static uint32_t find(const struct cache *c, const struct digest *g)
{
	uint32_t i, at = 0;

	while ((i = lookup_next(&c->by_digest, hash(g), &at)) != NO_ITEM)
		if (digest_eq(&c->entry[i].digest, g))
			return i;
	return NO_ITEM;
}

const struct cache_entry *cache_find(const struct cache *c, const struct digest *g)
{
	uint32_t i = find(c, g);

	return i == NO_ITEM ? NULL : &c->entry[i];
}

bool cache_has(const struct cache *c, const struct digest *g)
{
	const struct cache_entry *e = cache_find(c, g);

	return e && e->any;
}

struct cache_entry *cache_insert(struct cache *c, const struct digest *g, struct diag *d)
{
	struct cache_entry *e;

	if (!grow(&c->entry, c->count, &c->room, sizeof *c->entry) || !lookup_reserve(&c->by_digest)) {
		diag_nomem(d);
		return NULL;
	}
	e = &c->entry[c->count];
	*e = (struct cache_entry){ .digest = *g };
	lookup_add(&c->by_digest, hash(g), c->count++);
	c->version++;
	return e;
}

static int add(struct cache *c, const struct digest *g, struct diag *d)
{
	struct cache_entry *e = cache_insert(c, g, d);

	if (!e)
		return -1;
	e->seen = true;
	read_about(c, e);
	c->bytes += e->bytes;
	c->fresh++;
	return 0;
}

/* What is in the index, and has been used or written since: it is read anew. */
static int confirm(struct cache *c, uint32_t i, struct diag *d)
{
	struct cache_entry *e = &c->entry[i];
	const struct digest g = e->digest;
	char name[CACHE_NAME];
	struct stat st;

	e->seen = true;
	if (!e->indexed)
		return 0;
	e->indexed = false;
	cache_name(name, &g, "yaml");
	if (fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    e->used == st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec)
		return 0;
	cache_drop(c, i);
	return add(c, &g, d);
}

void cache_drop(struct cache *c, uint32_t i)
{
	uint32_t last = c->count - 1;

	c->bytes -= c->entry[i].bytes;
	lookup_remove(&c->by_digest, hash(&c->entry[i].digest), i);
	if (i != last) {
		lookup_remove(&c->by_digest, hash(&c->entry[last].digest), last);
		lookup_add(&c->by_digest, hash(&c->entry[last].digest), i);
		c->entry[i] = c->entry[last];
	}
	c->count--;
	c->version++;
}

/* --- the directory -------------------------------------------------------------------- */

int cache_learn(struct cache *c, const struct digest *g, struct diag *d)
{
	uint32_t i = find(c, g);
	char hex[DIGEST_TEXT];

	if (i != NO_ITEM)
		cache_drop(c, i);
	digest_format(g, hex);
	return faccessat(c->dir, hex, F_OK, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : add(c, g, d);
}

/* "..DIGEST.SUFFIX.tmp": half written at a crash, unless a transfer that an earlier
 * process began is still at it. */
static bool is_torn_note(const struct cache *c, const char *name)
{
	static const char *const written[] = { ".progress.tmp", ".outcome.tmp", ".yaml.tmp" };
	char lock[CACHE_NAME];

	if (name[0] != '.' || name[1] != '.' || strlen(name) <= 2 + DIGEST_LEN)
		return false;
	snprintf(lock, sizeof lock, "%.*s.lock", 1 + DIGEST_LEN, name + 1);
	for (size_t i = 0; i < sizeof written / sizeof *written; i++)
		if (!strcmp(name + 2 + DIGEST_LEN, written[i]))
			return !background_busy(c->dir, lock);
	return false;
}

static int see(struct cache *c, const char *name, struct diag *d)
{
	struct digest g;
	uint32_t i;

	if (cache_see_part(c, name))
		return 0;
	if (!c->peek && cache_end_removal(c, name)) {
		c->loose = true;
	} else if (!c->peek && is_torn_note(c, name)) {
		c->loose = true;
		(void)!io_remove_tree(c->dir, name, NULL);
	}
	if (strlen(name) != DIGEST_LEN || digest_parse(name, DIGEST_LEN, &g, NULL) < 0)
		return 0;
	i = find(c, &g);
	if (i == NO_ITEM)
		return add(c, &g, d);
	return confirm(c, i, d);
}

int cache_scan(struct cache *c, struct diag *d)
{
	DIR *list = io_list(c->dir, ".", NULL);
	struct dirent *e;
	int rc = 0;

	if (!list)
		return diag_errno(d, "cannot list %s", c->path);
	c->parts = 0;
	for (uint32_t i = 0; i < c->count; i++)
		c->entry[i].seen = false;
	while (rc == 0 && (errno = 0, e = readdir(list)))
		rc = see(c, e->d_name, d);
	if (rc == 0 && errno)
		rc = diag_errno(d, "cannot list %s", c->path);
	closedir(list);
	for (uint32_t i = c->count; rc == 0 && i-- > 0;)
		if (!c->entry[i].seen)
			cache_drop(c, i);
	return rc;
}
