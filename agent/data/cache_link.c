/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What jobs have of the cache: see the invariant in cache.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cache.h"
#include "dataset.h"
#include "io.h"
#include "link.h"

static struct cache_entry *entry(struct cache *c, const struct digest *g)
{
	return (struct cache_entry *)cache_find(c, g);
}

static int look(struct cache *c, const struct digest *g, struct dataset_prints *p, struct diag *d)
{
	char hex[DIGEST_TEXT];

	digest_format(g, hex);
	return dataset_prints(c->dir, hex, p, d);
}

static bool is_sure(const struct cache_entry *e, const struct dataset_prints *p)
{
	return e->any && p->any == e->any && p->content == e->fingerprint;
}

static int doubt(struct cache *c, struct cache_entry *e, struct diag *d)
{
	e->any = 0;
	(void)!cache_note(c, e, NULL);
	return diag_set(d, "the dataset %s may have been changed in the cache, and is read again",
			e->name[0] ? e->name : "without a name");
}

/* After links of ours have come or gone.  Whoever writes to it at this very moment
 * still shows by the rest of the print. */
static int note_links(struct cache *c, struct cache_entry *e, struct diag *d)
{
	struct dataset_prints p;

	if (look(c, &e->digest, &p, d) < 0)
		return -1;
	if (p.content != e->fingerprint)
		return doubt(c, e, d);
	if (p.any == e->any)
		return 0;
	e->any = p.any;
	return cache_note(c, e, d);
}

int cache_link(struct cache *c, const struct digest *g, int to_dir, const char *to,
	       struct diag *d)
{
	struct cache_entry *e = entry(c, g);
	struct dataset_prints p;
	char hex[DIGEST_TEXT];
	int rc;

	if (!e || look(c, g, &p, d) < 0)
		return diag_set(d, "it has gone");
	if (!is_sure(e, &p))
		return doubt(c, e, d);
	digest_format(g, hex);
	rc = link_tree(c->dir, hex, to_dir, to, &c->clones, e->bytes <= c->copy, d);
	if (rc >= 0 && note_links(c, e, d) < 0) {
		(void)!io_remove_tree(to_dir, to, NULL);
		rc = -1;
	}
	return rc;
}

bool cache_still(struct cache *c, const struct digest *g, struct diag *d)
{
	struct cache_entry *e = entry(c, g);
	struct dataset_prints p;

	if (!e || c->clones || e->bytes <= c->copy || look(c, g, &p, NULL) < 0 || is_sure(e, &p))
		return true;
	doubt(c, e, d);
	return false;
}

void cache_unlink(struct cache *c, const struct digest *g, int dir, const char *name)
{
	struct cache_entry *e = entry(c, g);
	struct dataset_prints p;

	if (e && look(c, g, &p, NULL) == 0 && is_sure(e, &p) && io_remove_tree(dir, name, NULL) == 0)
		(void)!note_links(c, e, NULL);
}

/* Whoever writes to it while it is read shows by its prints. */
static int read_again(struct cache *c, struct cache_entry *e, const char *name, struct diag *d)
{
	struct dataset_prints before, after;
	struct dataset_measure m;
	char hex[DIGEST_TEXT];

	digest_format(&e->digest, hex);
	if (look(c, &e->digest, &before, d) < 0)
		return -1;
	if (is_sure(e, &before))
		return 0;
	if (dataset_measure(c->dir, hex, &m, NULL, d) < 0 || look(c, &e->digest, &after, d) < 0)
		return -1;
	if (!digest_eq(&m.digest, &e->digest))
		return diag_set(d, "it is something else");
	if (before.any != after.any)
		return diag_set(d, "it was changed while it was read");
	/* What is known of it may have been lost by a power cut. */
	if (!e->name[0])
		snprintf(e->name, sizeof e->name, "%s", name);
	e->bytes = m.bytes;
	e->fingerprint = after.content;
	e->any = after.any;
	return cache_note(c, e, d);
}

int cache_reread(struct cache *c, const struct digest *g, const char *name, struct diag *d)
{
	struct cache_entry *e;

	if (cache_learn(c, g, d) < 0)
		return -1;
	e = entry(c, g);
	if (e && read_again(c, e, name, d) == 0)
		return 0;
	return cache_throw_away(c, g, d) < 0 ? -1 : 1;
}

bool cache_intact(struct cache *c, const struct digest *g, struct diag *d)
{
	const struct cache_entry *e = cache_find(c, g);
	struct diag why = DIAG_INIT;
	char hex[DIGEST_TEXT];
	uint64_t print;

	if (!e || !e->fingerprint)
		return true;
	digest_format(g, hex);
	if (dataset_fingerprint(c->dir, hex, &print, &why) < 0) {
		if (why.err == ENOENT)
			return true;
	} else if (print == e->fingerprint) {
		return true;
	} else if (cache_learn(c, g, d) < 0 || !(e = cache_find(c, g)) || print == e->fingerprint) {
		return true;	/* it was fetched anew meanwhile */
	}
	diag_set(d, "the dataset %s (%s) was changed in the cache, and is thrown away",
		 e->name[0] ? e->name : "without a name", hex);
	(void)!cache_throw_away(c, g, &why);
	(void)!cache_learn(c, g, NULL);
	return false;
}
