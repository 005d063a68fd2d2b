/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_table - numbers for texts, from 0 in the order in which they came.
 */
#ifndef PLAN_NAME_TABLE_H
#define PLAN_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "lookup.h"

struct name_table {
	char **text;
	size_t *len;
	uint32_t count, cap;
	struct lookup by_text;
};

#define NO_NAME UINT32_MAX

/* NO_NAME: it is not there. */
uint32_t name_table_find(const struct name_table *n, const char *text, size_t len);
/* All zeros is empty.  NO_NAME: out of memory. */
uint32_t name_table_put(struct name_table *n, const char *text, size_t len);
uint64_t name_table_hash(const char *text, size_t len);
void name_table_free(struct name_table *n);

#endif
