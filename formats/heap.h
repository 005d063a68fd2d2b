/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap - an array of which the first item is always the one that goes first.
 *
 * Invariant: no item goes before its parent, which of item i is (i - 1) / 2.
 * What belongs at the end goes there and up; what replaced the first item, or
 * was made later where it stands, goes down.
 *
 *	a[n] = new;				heap_up(a, sizeof *a, n++, before, of);
 *	first = a[0]; a[0] = a[--n];		heap_down(a, sizeof *a, n, 0, before, of);
 *
 * Inline, so that the size and the order are known where they are used.
 */
#ifndef FORMATS_HEAP_H
#define FORMATS_HEAP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { HEAP_ITEM = 64 };	/* bytes of an item, at most */

/* Does a go before b?  of: what was passed to the function that asks. */
typedef bool heap_before(const void *a, const void *b, const void *of);

static inline void heap_swap(char *a, char *b, size_t size)
{
	char tmp[HEAP_ITEM];

	memcpy(tmp, a, size);
	memcpy(a, b, size);
	memcpy(b, tmp, size);
}

static inline void heap_up(void *items, size_t size, uint32_t i, heap_before *before, const void *of)
{
	char *item = items;

	for (uint32_t up; i && before(item + i * size, item + (up = (i - 1) / 2) * size, of); i = up)
		heap_swap(item + i * size, item + up * size, size);
}

static inline void heap_down(void *items, size_t size, uint32_t n, uint32_t i, heap_before *before,
			     const void *of)
{
	char *item = items;

	for (;;) {
		uint32_t first = i;

		for (uint32_t k = 2 * i + 1; k <= 2 * i + 2 && k < n; k++)
			if (before(item + k * size, item + first * size, of))
				first = k;
		if (first == i)
			return;
		heap_swap(item + i * size, item + first * size, size);
		i = first;
	}
}

/* Any n items become a heap. */
static inline void heap_make(void *items, size_t size, uint32_t n, heap_before *before, const void *of)
{
	for (uint32_t i = n / 2; i-- > 0;)
		heap_down(items, size, n, i, before, of);
}

#endif
