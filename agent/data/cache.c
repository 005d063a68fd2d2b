/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cache.h"
#include "cache_index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dataset.h"
#include "io.h"
#include "line.h"

void cache_name(char out[CACHE_NAME], const struct digest *g, const char *suffix)
{
	char hex[DIGEST_TEXT];

	digest_format(g, hex);
	snprintf(out, CACHE_NAME, ".%s.%s", hex, suffix);
}

/* --- opening ---------------------------------------------------------------------- */

/* Without the index, or where it is old, by all the names. */
static int look_around(struct cache *c, int state, struct diag *d)
{
	struct stat before;

	if (cache_index_load(c, state))
		return 0;
	if (fstat(c->dir, &before) < 0)
		return diag_errno(d, "cannot look at %s", c->path);
	if (cache_scan(c, d) < 0)
		return -1;
	cache_index_keep(c, state, &before);
	return 0;
}

static int open_it(struct cache *c, int state, struct diag *d)
{
	c->dir = open(c->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->dir < 0)
		return diag_errno(d, "cannot open the cache %s", c->path);
	if (look_around(c, state, d) == 0)
		return 0;
	cache_close(c);
	return -1;
}

int cache_peek(struct cache *c, const char *path, struct diag *d)
{
	*c = (struct cache){ .dir = -1, .peek = true, .path = path };
	return open_it(c, -1, d);
}

int cache_open(struct cache *c, const char *path, int state, uint64_t limit, struct diag *d)
{
	*c = (struct cache){ .dir = -1, .path = path, .limit = limit, .high = UINT64_MAX,
			     .low = UINT64_MAX, .clones = true };
	if (io_mkdirs(path, 0700, d) < 0)
		return -1;
	return open_it(c, state, d);
}

void cache_close(struct cache *c)
{
	if (c->dir >= 0)
		close(c->dir);
	free(c->entry);
	free(c->part);
	lookup_free(&c->by_digest);
	*c = (struct cache){ .dir = -1 };
}

/* --- using ---------------------------------------------------------------------- */

static void line_print(struct buf *text, const char *key, uint64_t print)
{
	char hex[24];

	snprintf(hex, sizeof hex, "%016" PRIx64, print);
	if (print)
		line_text(text, key, hex);
}

int cache_note(const struct cache *c, const struct cache_entry *e, struct diag *d)
{
	struct buf text = BUF_INIT;
	char name[CACHE_NAME];
	int rc;

	cache_name(name, &e->digest, "yaml");
	line_begin(&text);
	if (e->name[0])
		line_text(&text, "dataset", e->name);
	line_int(&text, "size", (long long)e->bytes);
	line_print(&text, "fingerprint", e->fingerprint);
	line_print(&text, "any", e->any);
	line_end(&text);
	rc = text.failed ? diag_nomem(d)
			 : io_publish(c->dir, name, 0644, text.s, text.len, 0, d);
	buf_free(&text);
	return rc;
}

void cache_touch(struct cache *c, const struct digest *g, const char *name)
{
	struct cache_entry *e = (struct cache_entry *)cache_find(c, g);
	struct timespec now;
	char about[CACHE_NAME];

	if (!e)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	e->used = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
	cache_name(about, g, "yaml");
	if (!strcmp(e->name, name) && !utimensat(c->dir, about, NULL, 0))
		return;
	snprintf(e->name, sizeof e->name, "%s", name);
	c->version++;
	(void)!cache_note(c, e, NULL);
}

/* --- publishing --------------------------------------------------------------------- */

/* To name it changes its ctime: so its last print is taken then.  Who is killed
 * before that leaves a doubtful one. */
static int name_it(const struct cache *c, struct cache_entry *e, const char *from, struct diag *d)
{
	struct dataset_prints p;
	char hex[DIGEST_TEXT];

	digest_format(&e->digest, hex);
	if (renameat(c->dir, from, c->dir, hex) < 0)
		return diag_errno(d, "cannot name %s", hex);
	if (dataset_prints(c->dir, hex, &p, NULL) == 0 && p.content == e->fingerprint) {
		e->any = p.any;
		(void)!cache_note(c, e, NULL);
	}
	return 0;
}

int cache_publish(const struct cache *c, const struct digest *g, const char *name, uint64_t bytes,
		  struct diag *d)
{
	struct cache_entry e = { .digest = *g, .bytes = bytes };
	char hex[DIGEST_TEXT], part[CACHE_NAME], from[CACHE_NAME + DIGEST_TEXT];

	digest_format(g, hex);
	cache_name(part, g, "part");
	snprintf(from, sizeof from, "%s/%s", part, hex);
	snprintf(e.name, sizeof e.name, "%s", name);
	if (dataset_fingerprint(c->dir, from, &e.fingerprint, d) < 0 || cache_note(c, &e, d) < 0)
		return -1;
	if (syncfs(c->dir) < 0) {
		/* Some of it may be lost, and would be found right all the same
		 * as long as the kernel remembers it. */
		diag_errno(d, "cannot flush %s", c->path);
		(void)!io_remove_tree(c->dir, part, NULL);
		return -1;
	}
	if (name_it(c, &e, from, d) < 0)
		return -1;
	(void)!io_remove_tree(c->dir, part, NULL);
	return 0;
}
