/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names - numbers for texts, from 0 in the order in which they came.
 */
#ifndef SIM_NAMES_H
#define SIM_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct names {
	char **text;
	size_t *len;
	uint32_t count, cap;
	uint32_t *slot, slots;		/* 1 + number */
};

#define NO_NAME UINT32_MAX

/* All zeros is empty.  NO_NAME: out of memory. */
uint32_t names_put(struct names *n, const char *text, size_t len);
uint64_t names_hash(const char *text, size_t len);
void names_free(struct names *n);

#endif
