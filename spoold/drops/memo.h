/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memo - requests seen lately, so that the thousand-and-first copy of a job
 * file is not parsed again.  Keyed by a secret hash of the bytes; holds only
 * requests that were found good.
 */
#ifndef SPOOLD_MEMO_H
#define SPOOLD_MEMO_H

#include "hub.h"

struct memo_entry {
	uint64_t hash;
	uint32_t len;
	uint64_t shape;		/* its hash: the row may go */
	uint32_t retries;
	char name[256];
};

struct memo *memo_new(void);		/* NULL: out of memory; all works without */
void memo_free(struct memo *m);
/* NULL: not seen. */
const struct memo_entry *memo_find(const struct memo *m, uint64_t hash, size_t len);
void memo_keep(struct memo *m, const struct memo_entry *e);

#endif
