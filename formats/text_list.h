/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_list - a list of words out of a document: groups, tags, types, ...
 *
 * `groups: [eu, us]` and `groups: eu` are both taken.  The array and the
 * strings live in the tree.
 */
#ifndef FORMATS_TEXT_LIST_H
#define FORMATS_TEXT_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "field.h"
#include "node.h"

struct text_list {
	const char **item;
	uint32_t count;
};

/* type FIELD_NAME or FIELD_TEXT: what each entry has to be.  v NULL: an empty list.
 * key names it in messages. */
int text_list_read(struct tree *t, const struct node *v, const char *key, enum field_type type,
		   struct text_list *out, struct diag *d);
bool text_list_has(const struct text_list *l, const char *word);
/* In flow form: [eu, us]. */
void text_list_write(struct buf *b, const struct text_list *l);

#endif
