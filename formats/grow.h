/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grow - room for one more in an array that doubles.
 *
 *	if (!grow(&t->item, t->count, &t->cap, sizeof *t->item))
 *		return diag_nomem(d);
 *	t->item[t->count++] = new;
 */
#ifndef FORMATS_GROW_H
#define FORMATS_GROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* array: the address of a pointer to the items, NULL at first; cap: how many
 * there is room for; each: the bytes of one.  false: no memory, or four
 * thousand million of them; nothing changed. */
bool grow(void *array, uint32_t count, uint32_t *cap, size_t each);

#endif
