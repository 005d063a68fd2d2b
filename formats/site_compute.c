/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The typed compute resources of a site, in the language of a request. */
#include <string.h>

#include "field.h"
#include "line.h"
#include "request_part.h"
#include "site_part.h"

static const struct field fields[] = {
	{ "type", FIELD_TEXT, .offset = offsetof(struct site_compute, type), .required = true },
	{ NULL },
	{ NULL }
};

/* Besides the type there may be one mapping that is named like it. */
static int read_one(const struct node *map, struct site_compute *c, struct diag *d)
{
	const struct node *type = map->kind == NODE_MAP ? node_get(map, "type") : NULL;
	const char *word = type && type->kind == NODE_SCALAR ? request_short_type(type->text) : "";
	struct field rows[3];

	memcpy(rows, fields, sizeof rows);
	if (field_name_ok(word, 64) && strcmp(word, "type"))
		rows[1] = (struct field){ word, FIELD_MAP,
					  .offset = offsetof(struct site_compute, detail) };
	*c = (struct site_compute){ NULL, NULL };
	if (field_read(map, "a compute resource", rows, c, d) < 0)
		return -1;
	return request_type_word(map, &c->type, d);
}

int site_read_compute(struct tree *t, const struct node *v, struct site_compute **out, uint32_t *count,
		      struct diag *d)
{
	uint32_t n = node_entries(v);

	*count = 0;
	if (!n)
		return 0;
	*out = tree_alloc(t, n * sizeof **out);
	if (!*out)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at))
		if (read_one(at, &(*out)[(*count)++], d) < 0)
			return -1;
	return 0;
}

void site_write_compute(struct buf *b, const struct site_doc *s)
{
	if (s->computes)
		buf_adds(b, "compute:\n");
	for (uint32_t i = 0; i < s->computes; i++) {
		const struct site_compute *c = &s->compute[i];

		buf_adds(b, "- {type: ");
		line_scalar(b, c->type, strlen(c->type));
		if (c->detail) {
			buf_adds(b, ", ");
			line_scalar(b, c->type, strlen(c->type));
			buf_adds(b, ": ");
			line_node(b, c->detail);
		}
		buf_adds(b, "}\n");
	}
}

/* --- has it what a request asks for? ------------------------------------------------- */

/* 1.25 is met by 1.25.4, and 1.2 is not. */
static bool meets(const char *has, const char *wanted)
{
	size_t n = strlen(wanted);

	return !strncmp(has, wanted, n) && (!has[n] || has[n] == '.');
}

static bool node_meets(const struct node *has, const struct node *wanted)
{
	if (!has)
		return false;
	if (has->kind == NODE_SEQ && wanted->kind != NODE_SEQ) {
		for (const struct node *one = has->child; one; one = one->next)
			if (node_meets(one, wanted))
				return true;
		return false;
	}
	if (has->kind != wanted->kind)
		return false;
	if (wanted->kind == NODE_SCALAR)
		return meets(has->text, wanted->text);
	for (const struct node *n = wanted->child; n; n = n->next)
		if (!node_meets(wanted->kind == NODE_MAP ? node_get(has, n->key) : has, n))
			return false;
	return true;
}

bool site_has_compute(const struct site_doc *s, const char *type, const struct node *detail)
{
	for (uint32_t i = 0; i < s->computes; i++)
		if (!strcmp(s->compute[i].type, type) &&
		    (!detail || node_meets(s->compute[i].detail, detail)))
			return true;
	return false;
}
