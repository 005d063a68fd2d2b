/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cache_index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "shim_started.h"

enum { INDEX_MAX = 1 << 30, WORTH_IT = 64 };

static const char index_name[] = "cached";

#define SECOND INT64_C(1000000000)

static int64_t mtime(const struct stat *st)
{
	return st->st_mtim.tv_sec * SECOND + st->st_mtim.tv_nsec;
}

/* The lines before those of the entries. */
static bool header(char *out, size_t size, const struct stat *dir, int64_t when)
{
	char boot[SHIM_BOOT];

	return shim_boot(boot) && snprintf(out, size, "boot %s\ncache %ju %ju %" PRIi64 "\n", boot,
					   (uintmax_t)dir->st_dev, (uintmax_t)dir->st_ino,
					   when) < (int)size;
}

/* --- reading ------------------------------------------------------------------------- */

static bool load_line(struct cache *c, char *line, char *end)
{
	struct cache_entry *e;
	struct digest g;
	char *at = line + DIGEST_LEN;

	*end = '\0';
	if (end - line <= DIGEST_LEN || *at != ' ' || digest_parse(line, DIGEST_LEN, &g, NULL) < 0 ||
	    cache_find(c, &g))
		return false;
	e = cache_insert(c, &g, NULL);
	if (!e)
		return false;
	e->bytes = strtoull(at, &at, 10);
	e->used = strtoll(at, &at, 10);
	e->fingerprint = strtoull(at, &at, 16);
	e->any = strtoull(at, &at, 16);
	e->indexed = true;
	c->bytes += e->bytes;
	if (*at == ' ')
		snprintf(e->name, sizeof e->name, "%s", at + 1);
	return true;
}

/* The same up to the mtime, or all of it: how much of the header is as now. */
static bool is_ours(const char *text, const char *now)
{
	const char *last = strrchr(now, ' ');

	return last && !strncmp(text, now, (size_t)(last + 1 - now));
}

int cache_index_load(struct cache *c, int state)
{
	struct buf text = BUF_INIT;
	char now[256], *line, *end;
	struct stat dir;
	int same = 0;

	if (state >= 0 && fstat(c->dir, &dir) == 0 && header(now, sizeof now, &dir, mtime(&dir)) &&
	    io_read(state, index_name, INDEX_MAX, &text, NULL) == 0 && text.len &&
	    is_ours(text.s, now) && (line = strstr(text.s, "\ncache ")) &&
	    (line = strchr(line + 1, '\n'))) {
		same = !strncmp(text.s, now, strlen(now));
		for (line++; (end = strchr(line, '\n')); line = end + 1)
			if (!load_line(c, line, end)) {
				same = 0;
				break;
			}
		same = same && !*line;
	}
	buf_free(&text);
	/* What a crash left of a new one. */
	if (!same && state >= 0)
		unlinkat(state, ".cached.tmp", 0);
	return same;
}

/* --- writing ------------------------------------------------------------------------- */

static void write_line(struct buf *b, const struct cache_entry *e)
{
	char hex[DIGEST_TEXT];

	digest_format(&e->digest, hex);
	buf_addf(b, "%s %" PRIu64 " %" PRIi64 " %" PRIx64 " %" PRIx64 " %s\n", hex, e->bytes, e->used,
		 e->fingerprint, e->any, e->name);
}

/* Before that a second change shows by another mtime. */
static int64_t settled(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (t.tv_sec - 1) * SECOND + t.tv_nsec;
}

/* Is the directory as it was, and is all that there is in it among the entries? */
static bool is_whole(const struct cache *c, const struct stat *before, int64_t most)
{
	struct stat after;

	for (uint32_t i = 0; i < c->count; i++)
		if (c->entry[i].used > most)
			return false;
	return !c->loose && mtime(before) <= most && fstat(c->dir, &after) == 0 &&
	       mtime(&after) == mtime(before);
}

void cache_index_keep(const struct cache *c, int state, const struct stat *before)
{
	struct buf b = BUF_INIT;
	int64_t most = settled();
	bool whole = is_whole(c, before, most);
	char head[256];

	if (state < 0 || c->count < WORTH_IT || (!whole && c->fresh < WORTH_IT + c->count / 8) ||
	    !header(head, sizeof head, before, whole ? mtime(before) : 0))
		return;
	buf_adds(&b, head);
	for (uint32_t i = 0; i < c->count; i++)
		if (c->entry[i].used <= most)
			write_line(&b, &c->entry[i]);
	if (!b.failed)
		(void)!io_publish(state, index_name, 0600, b.s, b.len, 0, NULL);
	buf_free(&b);
}
