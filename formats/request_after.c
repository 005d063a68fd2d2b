/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `after`: the jobs that have to end first; `array`: the tasks of one request. */
#include <string.h>

#include "field.h"
#include "request_part.h"

static const char *const whens[] = { [AFTER_OK] = "ok", [AFTER_ANY] = "any", [AFTER_FAILED] = "failed", NULL };

static const struct field fields[] = {
	{ "job", FIELD_TEXT, .offset = offsetof(struct after, job), .required = true, .max = 200 },
	{ "when", FIELD_CHOICE, .offset = offsetof(struct after, when), .choices = whens },
	{ NULL }
};

static const struct field job_field = {
	"after", FIELD_TEXT, .offset = offsetof(struct after, job), .max = 200,
};

const char *after_word(int when)
{
	return whens[when];
}

int request_after(struct tree *t, const struct node *v, struct request *r, struct diag *d)
{
	if (!v || v->kind == NODE_NULL)
		return 0;
	if (node_entries(v) > REQUEST_MAX_AFTER)
		return diag_at(d, v->line, v->col, "after: %u entries; at most %d are taken", node_entries(v),
			       REQUEST_MAX_AFTER);
	if (request_array(t, v, "after", sizeof *r->after, &r->after, d) < 0)
		return -1;
	for (const struct node *n = node_first(v); n; n = node_after(v, n)) {
		struct after *a = &r->after[r->afters++];

		*a = (struct after){ .when = AFTER_OK, .line = n->line, .col = n->col };
		if ((n->kind == NODE_MAP ? field_read(n, "an entry of after", fields, a, d)
					 : field_value(n, "after", &job_field, a, d)) < 0)
			return -1;
	}
	return 0;
}

int request_tasks(const struct node *n, const char *text, struct request *r, struct diag *d)
{
	struct diag why = DIAG_INIT;

	if (!text)
		return 0;
	if (array_parse(text, &r->array, &why) < 0)
		return diag_at(d, n->line, n->col, "%s", why.text);
	if (r->accept == ACCEPT_ASK)
		return diag_at(d, n->line, n->col, "array: its tasks take the best offer; `accept: ask` cannot "
			       "stand beside it");
	return 0;
}
