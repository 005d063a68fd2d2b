/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is being fetched, or was: CACHE/.DIGEST.part/ and what lies beside it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "background.h"
#include "cache.h"
#include "grow.h"
#include "io.h"

static time_t mtime(const struct cache *c, const char *name)
{
	struct stat st;

	return fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mtime;
}

/* When something was last done to it: begun, written, or given up. */
static time_t last_change(const struct cache *c, const struct digest *g)
{
	char hex[DIGEST_TEXT], part[CACHE_NAME], outcome[CACHE_NAME], file[CACHE_NAME + DIGEST_TEXT];
	time_t begun, written, left;

	digest_format(g, hex);
	cache_name(part, g, "part");
	cache_name(outcome, g, "outcome");
	snprintf(file, sizeof file, "%s/%s", part, hex);
	begun = mtime(c, part);
	written = mtime(c, file);
	left = mtime(c, outcome);
	if (begun < written)
		begun = written;
	return begun < left ? left : begun;
}

static void forget(const struct cache *c, const struct digest *g)
{
	static const char *const suffixes[] = { "outcome", "progress", "lock" };
	char name[CACHE_NAME];

	cache_name(name, g, "part");
	if (io_remove_tree(c->dir, name, NULL) < 0)
		return;
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		cache_name(name, g, suffixes[i]);
		unlinkat(c->dir, name, 0);
	}
}

bool cache_see_part(struct cache *c, const char *name)
{
	char lock[CACHE_NAME];
	struct digest g;

	if (name[0] != '.' || strlen(name) != 1 + DIGEST_LEN + 5 ||
	    strcmp(name + 1 + DIGEST_LEN, ".part") != 0 || digest_parse(name + 1, DIGEST_LEN, &g, NULL) < 0)
		return false;
	c->loose = true;
	if (c->peek)
		return true;
	cache_name(lock, &g, "lock");
	if (!background_busy(c->dir, lock)) {
		if (time(NULL) - last_change(c, &g) > CACHE_PART_KEEP)
			forget(c, &g);
	} else if (grow(&c->part, c->parts, &c->part_room, sizeof *c->part)) {
		c->part[c->parts++] = g;
	}
	return true;
}
