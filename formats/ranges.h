/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ranges - a set of numbers, kept as the ranges that it is made of: "1-5,9". */
#ifndef FORMATS_RANGES_H
#define FORMATS_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct range { uint32_t from, to; };

struct ranges {
	struct range *range;		/* in rising order, with gaps between */
	uint32_t count, cap;
	uint64_t numbers;		/* in the set */
};

/* False: out of memory, and nothing is changed.  What is there already, or is
 * not there, is no matter. */
bool ranges_add(struct ranges *r, uint32_t from, uint32_t to);
bool ranges_remove(struct ranges *r, uint32_t number);
bool ranges_has(const struct ranges *r, uint32_t number);
/* The least number; the set is not empty. */
uint32_t ranges_first(const struct ranges *r);
void ranges_clear(struct ranges *r);
void ranges_free(struct ranges *r);

void ranges_write(const struct ranges *r, struct buf *b);
/* Add what a text says; false: it is not such a text, or out of memory. */
bool ranges_read(struct ranges *r, const char *text);

#endif
