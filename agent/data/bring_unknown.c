/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was not known before is named by what it is. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "background.h"
#include "bring.h"
#include "dataset.h"
#include "io.h"

static int move_in(const struct bring *b, int dir, const struct digest *g, uint64_t bytes,
		   struct diag *d)
{
	char name[DIGEST_TEXT], hex[DIGEST_TEXT], part[CACHE_NAME], to[CACHE_NAME + DIGEST_TEXT];

	digest_format(&b->digest, name);
	digest_format(g, hex);
	cache_name(part, g, "part");
	snprintf(to, sizeof to, "%s/%s", part, hex);
	/* Somebody else's half of it would be in the way. */
	if (io_remove_tree(b->cache->dir, part, d) < 0 || io_mkdir(b->cache->dir, part, 0700, d) < 0)
		return -1;
	(void)!fchmodat(dir, name, 0444, 0);
	if (renameat(dir, name, b->cache->dir, to) < 0)
		return diag_errno(d, "cannot move what came");
	return cache_publish(b->cache, g, b->name, bytes, d);
}

/* It may be here already, and doubtful. */
static int name_it(const struct bring *b, int dir, const struct digest *g, uint64_t bytes,
		   struct diag *d)
{
	int rc = cache_reread(b->cache, g, b->name, d);

	return rc > 0 ? move_in(b, dir, g, bytes, d) : rc;
}

int bring_unknown(const struct bring *b, int dir, struct digest *g, uint64_t *bytes,
		  struct diag *d)
{
	static const char *const stale[] = { "outcome", "lock" };
	struct dataset_measure m;
	char name[DIGEST_TEXT], lock[CACHE_NAME], beside[CACHE_NAME];
	int held, rc;

	digest_format(&b->digest, name);
	if (dataset_measure(dir, name, &m, NULL, d) < 0)
		return -1;
	*g = m.digest;
	*bytes = m.bytes;
	cache_name(lock, g, "lock");
	/* Who holds it waits for nobody's in turn, and so lets go of it. */
	held = background_hold(b->cache->dir, lock, d);
	if (held < 0)
		return -1;
	rc = name_it(b, dir, g, m.bytes, d);
	for (int i = 0; rc == 0 && i < 2; i++) {
		cache_name(beside, g, stale[i]);
		unlinkat(b->cache->dir, beside, 0);
	}
	close(held);
	return rc;
}
