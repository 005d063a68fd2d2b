/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <stdio.h>
#include <string.h>

#include "instant.h"
#include "line.h"
#include "size.h"
#include "view.h"

struct adding { const char *id; struct buf *out; };

static bool is_for(const struct site_transfer *t, const char *id)
{
	for (uint32_t i = 0; i < t->jobs.count; i++)
		if (!strcmp(t->jobs.item[i], id))
			return true;
	return false;
}

/* "transfer: {what: words, from: hub, done: 1.2MiB, bytes: 6.6MiB, rate: 10MiB, left: PT5S, told: ...}" */
static void add_one(const struct site_transfer *t, int64_t told, struct buf *out)
{
	buf_adds(out, "transfer: {what: ");
	line_scalar(out, t->what, strlen(t->what));
	buf_addf(out, ", %s: ", t->from ? "from" : "to");
	line_scalar(out, t->from ? t->from : t->to ? t->to : "-", strlen(t->from ? t->from : t->to ? t->to : "-"));
	buf_adds(out, ", done: ");
	size_human(t->done, out);
	if (t->bytes) {
		buf_adds(out, ", bytes: ");
		size_human(t->bytes, out);
		buf_addf(out, ", percent: %u", (unsigned)(100.0 * (double)t->done / (double)t->bytes));
	}
	if (t->rate) {
		buf_adds(out, ", rate: ");
		size_human(t->rate, out);
		buf_adds(out, "/s");
	}
	if (t->left) {
		buf_adds(out, ", left: ");
		duration_format(t->left / SECOND_US * SECOND_US + SECOND_US, out);
	}
	buf_adds(out, ", told: ");
	instant_format(told, out);
	buf_adds(out, "}\n");
}

static void add_all(void *ctx, const struct site_doc *doc)
{
	struct adding *a = ctx;

	for (uint32_t i = 0; i < doc->transfers; i++)
		if (is_for(&doc->transfer[i], a->id))
			add_one(&doc->transfer[i], doc->time, a->out);
}

void progress_add(struct view *v, const struct job *j, struct buf *out)
{
	char site[NAME_MAX + 1] = "", id[UUID_TEXT];
	struct adding a = { id, out };

	if (!progress_moves(j))
		return;
	index_rdlock(&v->index);
	snprintf(site, sizeof site, "%s", value_text(&v->index.by[BY_SITE], j->value[BY_SITE]));
	index_unlock(&v->index);
	uuid_format(&j->id, id);
	if (*site)
		sites_with(&v->sites, &v->spool, sites_find(&v->sites, &v->spool, site), add_all, &a);
}
