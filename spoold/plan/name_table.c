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

static bool grow(struct name_table *n)
{
	uint32_t cap = n->cap ? n->cap * 2 : 1024;
	char **text = realloc(n->text, cap * sizeof *text);
	size_t *len;

	if (!text)
		return false;
	n->text = text;
	len = realloc(n->len, cap * sizeof *len);
	if (!len)
		return false;
	n->len = len;
	n->cap = cap;
	return true;
}

uint32_t name_table_find(const struct name_table *n, const char *text, size_t len)
{
	uint32_t i, at = 0, hash = (uint32_t)name_table_hash(text, len);

	while ((i = lookup_next(&n->by_text, hash, &at)) != NO_ITEM)
		if (n->len[i] == len && !memcmp(n->text[i], text, len))
			return i;
	return NO_NAME;
}

uint32_t name_table_put(struct name_table *n, const char *text, size_t len)
{
	uint32_t i = name_table_find(n, text, len);

	if (i != NO_NAME)
		return i;
	if ((n->count == n->cap && !grow(n)) || !lookup_reserve(&n->by_text))
		return NO_NAME;
	n->text[n->count] = strndup(text, len);
	if (!n->text[n->count])
		return NO_NAME;
	n->len[n->count] = len;
	lookup_add(&n->by_text, (uint32_t)name_table_hash(text, len), n->count);
	return n->count++;
}

void name_table_free(struct name_table *n)
{
	for (uint32_t i = 0; i < n->count; i++)
		free(n->text[i]);
	free(n->text);
	free(n->len);
	lookup_free(&n->by_text);
	*n = (struct name_table){ 0 };
}
