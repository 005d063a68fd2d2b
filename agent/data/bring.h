/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bring - one dataset into the cache, in the child that does it.
 *
 * Its sources are tried one after the other, what came so far is continued, and
 * what came is measured before it is believed.  How far it is stands in
 * CACHE/.DIGEST.progress; why it did not come, in .DIGEST.outcome (fetch.h).
 *
 * What is here and doubtful (cache.h) is read again, and not fetched if it is right.
 * What has no digest yet is known by the SHA-256 of its URL and of who wants it,
 * and its outcome is `came DIGEST BYTES`.
 */
#ifndef AGENT_BRING_H
#define AGENT_BRING_H

#include "cache.h"
#include "settings.h"
#include "transport.h"

struct bring {
	const struct settings *set;
	struct cache *cache;
	struct transport *hub;
	struct digest digest;
	const char *name;		/* of the dataset */
	uint64_t bytes;
	uint32_t files;			/* of a tree; 0: one file, or what the hub has */
	const char *from;		/* see struct attempt_need */
	bool unknown;
};

/* 0: it is in the cache. */
int bring(const struct bring *b);
/* dir/DIGEST has come, of what had no digest: it goes to the cache under the digest *g that
 * it has, unless it is there already, and right. */
int bring_unknown(const struct bring *b, int dir, struct digest *g, uint64_t *bytes,
		  struct diag *d);

#endif
