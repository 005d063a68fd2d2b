/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "field.h"
#include "request_part.h"

struct entry {
	const struct node *start;
	int64_t min, max;
};

static const struct field fields[] = {
	{ "start", FIELD_NODE, .offset = offsetof(struct entry, start) },
	{ "min-duration", FIELD_DURATION, .offset = offsetof(struct entry, min), .alias = "minduration",
	  .min = 1 },
	{ "max-duration", FIELD_DURATION, .offset = offsetof(struct entry, max), .alias = "maxduration",
	  .min = 1 },
	{ NULL }
};

int request_start(const struct node *n, struct interval *out, struct diag *d)
{
	struct diag inner = DIAG_INIT;
	char found[64];

	if (n->kind != NODE_SCALAR)
		return diag_at(d, n->line, n->col, "start: expected an interval such as "
			       "2026-12-01T08:00Z/PT12H, found %s", node_describe(n, found));
	if (interval_parse(n->text, n->len, out, &inner) < 0)
		return diag_at(d, n->line, n->col + (inner.col ? inner.col - 1 : 0) + n->quoted,
			       "start: %s", inner.text);
	return 0;
}

static int read_window(const struct node *n, struct window *w, struct diag *d)
{
	struct entry e = { NULL, 0, 0 };

	if (field_read(n, "a time window", fields, &e, d) < 0)
		return -1;
	w->min_duration = e.min;
	w->max_duration = e.max;
	if (e.max && e.max < e.min) {
		const struct node *max = field_get(n, fields, "max-duration");
		const struct node *min = field_get(n, fields, "min-duration");

		return diag_at(d, max->line, max->col, "%s: \"%.40s\" is less than the \"%.40s\" of %s",
			       max->key, max->text, min->text, min->key);
	}
	w->has_start = e.start;
	return e.start ? request_start(e.start, &w->start, d) : 0;
}

int request_time(struct tree *t, const struct node *v, struct request *r, struct diag *d)
{
	if (request_array(t, v, "time", sizeof *r->time, &r->time, d) < 0)
		return -1;
	for (const struct node *n = node_first(v); n; n = node_after(v, n))
		if (read_window(n, &r->time[r->times++], d) < 0)
			return -1;
	return 0;
}
