/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * holdings - the datasets that a site holds, as it told of them: found by name and
 * by digest, and changed in place, so that news cost what is new in them.
 *
 *	struct holdings h = HOLDINGS_INIT;
 *	if (holdings_hear(&h, &doc, &d) == 1) ...	doc is whole, its list that of h
 *	holdings_free(&h);
 *
 * Invariant: each item stands once in the chain of its name and once in that of its
 * digest, and lookup knows the first of each chain.  Several datasets may have one
 * name (versions), or one digest (names of the same), in no order.
 */
#ifndef FORMATS_HOLDINGS_H
#define FORMATS_HOLDINGS_H

#include "diag.h"
#include "lookup.h"
#include "site.h"

/* The items that share a key. */
struct holdings_chain { uint32_t hash, before, after; };	/* NO_ITEM: none */
struct holdings_index {
	struct lookup first;
	struct holdings_chain *at;	/* of each item */
	uint32_t cap;
};

struct holdings {
	struct site_dataset *item;	/* names are ours */
	uint32_t count, cap;
	uint64_t generation;		/* 0: of none that the site would build upon */
	struct holdings_index name, digest;
	uint64_t seed;
};
#define HOLDINGS_INIT { .item = NULL }

/* Take news over, whole ones or a change.  1: done.  0: it changes something else than
 * what is known; -1: out of memory; then nothing has changed.  In every case
 * holdings_show() is due for who has shown it before: the list may have moved. */
int holdings_hear(struct holdings *h, const struct site_doc *news, struct diag *d);
/* Let a document tell of all of these, as if the site had told so.  The list stays h's. */
void holdings_show(const struct holdings *h, struct site_doc *doc);

/* The one of that name, and of that digest unless it is NULL; of several versions
 * that with the smallest digest.  NULL: there is none. */
const struct site_dataset *holdings_find(const struct holdings *h, const char *name,
					 const struct digest *digest);
bool holdings_has(const struct holdings *h, const struct digest *digest);

void holdings_free(struct holdings *h);

#endif
