/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keyset.h"

#include <stdlib.h>

/* 0 marks an empty slot. */
static uint64_t nonzero(uint64_t hash)
{
	return hash ? hash : 1;
}

static uint32_t find(const struct keyset_half *h, uint64_t hash)
{
	uint32_t i = (uint32_t)hash & (h->slots - 1);

	while (h->slot[i] && h->slot[i] != hash)
		i = (i + 1) & (h->slots - 1);
	return i;
}

static bool half_has(const struct keyset_half *h, uint64_t hash)
{
	return h->slots && h->slot[find(h, hash)];
}

static bool grow(struct keyset_half *h)
{
	struct keyset_half more = { .slots = h->slots ? h->slots * 2 : 1024, .count = h->count };

	more.slot = calloc(more.slots, sizeof *more.slot);
	if (!more.slot)
		return false;
	for (uint32_t i = 0; i < h->slots; i++)
		if (h->slot[i])
			more.slot[find(&more, h->slot[i])] = h->slot[i];
	free(h->slot);
	*h = more;
	return true;
}

bool keyset_has(const struct keyset *k, uint64_t hash)
{
	return half_has(&k->young, nonzero(hash)) || half_has(&k->old, nonzero(hash));
}

bool keyset_add(struct keyset *k, uint64_t hash)
{
	if (keyset_has(k, hash))
		return false;
	if (k->young.count == KEYSET_MOST) {
		free(k->old.slot);
		k->old = k->young;
		k->young = (struct keyset_half){ 0 };
	}
	if (k->young.count * 3 >= k->young.slots * 2 && !grow(&k->young))
		return false;
	k->young.slot[find(&k->young, nonzero(hash))] = nonzero(hash);
	k->young.count++;
	return true;
}

void keyset_free(struct keyset *k)
{
	free(k->young.slot);
	free(k->old.slot);
	*k = (struct keyset){ 0 };
}
