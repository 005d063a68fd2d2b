/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyset - the last so many keys, by 64-bit hashes.
 *
 * Two sets; when the younger is full it becomes the elder, and what was the
 * elder is forgotten.  So at least KEYSET_MOST keys, the latest, are known, and
 * at most twice as many; each costs 16 bytes or less.
 */
#ifndef SPOOLD_KEYSET_H
#define SPOOLD_KEYSET_H

#include <stdbool.h>
#include <stdint.h>

enum { KEYSET_MOST = 1 << 19 };

struct keyset_half { uint64_t *slot; uint32_t slots, count; };
struct keyset { struct keyset_half young, old; };

bool keyset_has(const struct keyset *k, uint64_t hash);
/* False: it is there already, or there is no memory for it. */
bool keyset_add(struct keyset *k, uint64_t hash);
void keyset_free(struct keyset *k);

#endif
