/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "name_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, with its bits mixed so that any few of them will do. */
uint64_t name_table_hash(const char *text, size_t len)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
	h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	return h ^ (h >> 33);
}

static uint32_t *slot_of(const struct name_table *n, const char *text, size_t len)
{
	uint32_t i = (uint32_t)name_table_hash(text, len) & (n->slots - 1);

	while (n->slot[i] && (n->len[n->slot[i] - 1] != len || memcmp(n->text[n->slot[i] - 1], text, len)))
		i = (i + 1) & (n->slots - 1);
	return &n->slot[i];
}

static bool grow(struct name_table *n)
{
	uint32_t cap = n->cap ? n->cap * 2 : 1024;
	char **text = realloc(n->text, cap * sizeof *text);
	size_t *len;
	uint32_t *slot;

	if (!text)
		return false;
	n->text = text;
	len = realloc(n->len, cap * sizeof *len);
	if (!len)
		return false;
	n->len = len;
	slot = calloc(cap * 2, sizeof *slot);
	if (!slot)
		return false;
	free(n->slot);
	n->slot = slot;
	n->slots = cap * 2;
	n->cap = cap;
	for (uint32_t i = 0; i < n->count; i++)
		*slot_of(n, n->text[i], n->len[i]) = i + 1;
	return true;
}

uint32_t name_table_find(const struct name_table *n, const char *text, size_t len)
{
	return n->slots ? *slot_of(n, text, len) - 1 : NO_NAME;
}

uint32_t name_table_put(struct name_table *n, const char *text, size_t len)
{
	uint32_t *slot;

	if (n->count == n->cap && !grow(n))
		return NO_NAME;
	slot = slot_of(n, text, len);
	if (*slot)
		return *slot - 1;
	n->text[n->count] = strndup(text, len);
	if (!n->text[n->count])
		return NO_NAME;
	n->len[n->count++] = len;
	*slot = n->count;
	return n->count - 1;
}

void name_table_free(struct name_table *n)
{
	for (uint32_t i = 0; i < n->count; i++)
		free(n->text[i]);
	free(n->text);
	free(n->len);
	free(n->slot);
	*n = (struct name_table){ 0 };
}
