/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text_list.h"

#include <string.h>

#include "line.h"

int text_list_read(struct tree *t, const struct node *v, const char *key, enum field_type type,
		   struct text_list *out, struct diag *d)
{
	const struct field entry = { .name = key, .type = type };
	uint32_t n = node_entries(v);
	const char **item;

	*out = (struct text_list){ NULL, 0 };
	if (!n)
		return 0;
	item = tree_alloc(t, n * sizeof *item);
	if (!item)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at))
		if (field_value(at, key, &entry, &item[out->count++], d) < 0)
			return -1;
	out->item = item;
	return 0;
}

bool text_list_has(const struct text_list *l, const char *word)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (!strcmp(l->item[i], word))
			return true;
	return false;
}

void text_list_write(struct buf *b, const struct text_list *l)
{
	buf_addc(b, '[');
	for (uint32_t i = 0; i < l->count; i++) {
		if (i)
			buf_adds(b, ", ");
		line_scalar(b, l->item[i], strlen(l->item[i]));
	}
	buf_addc(b, ']');
}
