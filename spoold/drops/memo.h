/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memo - requests seen lately, so that the thousand-and-first copy of a job
 * file is not parsed again, nor one that differs in its name only.  Keyed by a
 * secret hash of the bytes; holds only requests that were found good.
 *
 * The name is left out of the hash where it can be told without parsing: the
 * first line is `name: WORD`, WORD begins with a letter, has letters, digits,
 * `-`, `_` and `.` after it and is not a null, and the next line begins with a
 * letter.  So the word is all of that name, and the rest means the same with any.
 */
#ifndef SPOOLD_MEMO_H
#define SPOOLD_MEMO_H

#include "hub.h"

enum { MEMO_NAME = 65 };

struct memo_key {
	uint64_t hash;
	uint32_t len;
	char name[MEMO_NAME];		/* empty: it is in what was hashed, if there is one */
};

struct memo_entry {
	struct memo_key key;
	uint64_t shape;		/* its hash: the row may go */
	uint32_t retries;
	char name[256];
};

struct memo *memo_new(void);		/* NULL: out of memory; all works without */
void memo_free(struct memo *m);
/* whole: shapes_hash() of the text. */
void memo_key(const struct shapes *t, const struct buf *text, uint64_t whole, struct memo_key *k);
/* False: not seen.  The entry is given the key's name. */
bool memo_find(const struct memo *m, const struct memo_key *k, struct memo_entry *e);
void memo_keep(struct memo *m, const struct memo_entry *e);

#endif
