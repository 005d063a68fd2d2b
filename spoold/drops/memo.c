/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memo.h"

#include <stdlib.h>

/* Direct-mapped: a clash just forgets the older one. */
enum { ENTRIES = 256 };

struct memo { struct memo_entry entry[ENTRIES]; };

struct memo *memo_new(void)
{
	return calloc(1, sizeof(struct memo));
}

void memo_free(struct memo *m)
{
	free(m);
}

const struct memo_entry *memo_find(const struct memo *m, uint64_t hash, size_t len)
{
	const struct memo_entry *e = m ? &m->entry[hash % ENTRIES] : NULL;

	return e && e->len && e->hash == hash && e->len == len ? e : NULL;
}

void memo_keep(struct memo *m, const struct memo_entry *e)
{
	if (m)
		m->entry[e->hash % ENTRIES] = *e;
}
