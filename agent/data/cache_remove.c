/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How an entry goes, whoever wants it to: first its name, so that what has the
 * name is always whole and right; then what is noted of it; .DIGEST.gone last,
 * because by that the next look at the directory sees that there is something
 * to end.  So a crash at any step leaves nothing behind for ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "io.h"

static const char gone_suffix[] = "gone";

static void forget(const struct cache *c, const struct digest *g)
{
	static const char *const suffixes[] = { "yaml", "checked" };
	char name[CACHE_NAME];

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		cache_name(name, g, suffixes[i]);
		unlinkat(c->dir, name, 0);
	}
}

/* What an earlier removal of this digest could not end may still be there. */
static int take_name(const struct cache *c, const char *hex, const char *gone)
{
	if (!renameat(c->dir, hex, c->dir, gone) || errno == ENOENT)
		return 0;
	if (io_remove_tree(c->dir, gone, NULL) < 0)
		return -1;
	return renameat(c->dir, hex, c->dir, gone);
}

int cache_throw_away(struct cache *c, const struct digest *g, struct diag *d)
{
	char hex[DIGEST_TEXT], gone[CACHE_NAME];

	digest_format(g, hex);
	cache_name(gone, g, gone_suffix);
	if (take_name(c, hex, gone) < 0)
		return diag_errno(d, "cannot remove %s", hex);
	forget(c, g);
	return io_remove_tree(c->dir, gone, d);
}

bool cache_end_removal(struct cache *c, const char *name)
{
	char hex[DIGEST_TEXT], gone[CACHE_NAME];
	struct digest g;

	if (name[0] != '.' || digest_parse(name + 1, strnlen(name + 1, DIGEST_LEN), &g, NULL) < 0)
		return false;
	cache_name(gone, &g, gone_suffix);
	if (strcmp(name, gone) != 0)
		return false;
	digest_format(&g, hex);
	/* What is noted may be of one that was brought anew. */
	if (faccessat(c->dir, hex, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		forget(c, &g);
	(void)!io_remove_tree(c->dir, gone, NULL);
	return true;
}
