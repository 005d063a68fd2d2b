/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "instant.h"
#include "line.h"
#include "site_part.h"

static const struct field fields[] = {
	{ "from", FIELD_INSTANT, .offset = offsetof(struct site_down, from), .required = true },
	{ "to", FIELD_INSTANT, .offset = offsetof(struct site_down, to) },
	{ "text", FIELD_TEXT, .offset = offsetof(struct site_down, text), .max = 200 },
	SITE_OTHERS,
	{ NULL }
};

int site_read_down(struct tree *t, const struct node *v, struct site_down **down, uint32_t *downs,
		   struct diag *d)
{
	uint32_t n = node_entries(v);

	*downs = 0;
	*down = NULL;
	if (!n)
		return 0;
	*down = tree_alloc(t, n * sizeof **down);
	if (!*down)
		return diag_nomem(d);
	for (const struct node *at = node_first(v); at; at = node_after(v, at)) {
		struct site_down *one = &(*down)[(*downs)++];

		*one = (struct site_down){ 0, 0, NULL };
		if (field_read(at, "a time of being down", fields, one, d) < 0)
			return -1;
		if (one->to && one->to <= one->from)
			return diag_at(d, at->line, at->col, "down: it ends before it begins");
	}
	return 0;
}

void site_write_down(struct buf *b, const struct site_doc *s)
{
	if (!s->downs)
		return;
	buf_adds(b, "down: [");
	for (uint32_t i = 0; i < s->downs; i++) {
		buf_adds(b, i ? ", {from: " : "{from: ");
		instant_format(s->down[i].from, b);
		if (s->down[i].to) {
			buf_adds(b, ", to: ");
			instant_format(s->down[i].to, b);
		}
		if (s->down[i].text) {
			buf_adds(b, ", text: ");
			line_scalar(b, s->down[i].text, strlen(s->down[i].text));
		}
		buf_addc(b, '}');
	}
	buf_adds(b, "]\n");
}
