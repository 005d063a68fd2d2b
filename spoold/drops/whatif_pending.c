/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "whatif_pending.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "dataset_doc.h"
#include "queue.h"

struct counts { uint32_t jobs, kinds, then, gained; };

/* May any site that is known have this shape?  Without the site called `without`. */
static bool any_may(const struct hub *h, const struct shape *s, const struct catalogue *c,
		    const char *without)
{
	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *site = h->sites.site[i];
		struct match m;

		if (!site->known || (without && !strcmp(site->name, without)))
			continue;
		match_site(s, &site->doc, &h->config, c, &m, NULL);
		if (m.may)
			return true;
	}
	return false;
}

static void say_kind(const struct shape_row *row, bool now, bool then, const char *more,
		     struct counts *n, struct buf *out)
{
	buf_addf(out, "  x%016" PRIx64 ": %u job%s: %s now, %s with it%s%s\n", row->hash, row->queue.count,
		 row->queue.count == 1 ? "" : "s", now ? "YES" : "NO", then ? "YES" : "NO",
		 *more ? ": " : "", more);
	n->jobs += row->queue.count;
	n->kinds++;
	n->then += then ? row->queue.count : 0;
	n->gained += then && !now ? row->queue.count : 0;
}

static int conclude(const struct counts *n, const char *what, const char *name, const struct buf *kinds,
		    struct buf *out)
{
	buf_addf(out, "%s\n  %u job%s of %u kind%s wait; with the %s %s %u could run, %u of which cannot now\n",
		 n->gained ? "YES" : "NO", n->jobs, n->jobs == 1 ? "" : "s", n->kinds,
		 n->kinds == 1 ? "" : "s", what, name, n->then, n->gained);
	buf_add(out, kinds->s, kinds->len);
	return n->gained ? CHECK_YES : CHECK_NO;
}

/* Reasons may name data that is nobody else's business: of kinds that want data, or are
 * sensitive, they are told to who has a job of that kind, and to who runs the hub. */
static bool may_know(const struct hub *h, const struct shape_row *row, uid_t uid)
{
	const struct shape *s = &row->shape;
	bool found = uid == 0 || uid == geteuid() || (!s->sensitivity && !s->datasets.count && !s->addresses.count);

	for (uint32_t l = row->queue.first; !found && l != NO_LANE; l = h->lanes.lane[l].next)
		found = h->lanes.lane[l].owner == uid;
	return found;
}

int whatif_site(struct hub *h, struct tree *t, uid_t uid, struct buf *out, struct diag *d)
{
	struct counts n = { 0 };
	struct buf kinds = BUF_INIT;
	struct site_doc doc;
	int got;

	if (site_read(t, t->root, &doc, d) < 0)
		return CHECK_INVALID;
	for (uint32_t i = 0; i < h->shapes.busies; i++) {
		const struct shape_row *row = &h->shapes.row[h->shapes.busy[i]];
		struct buf reasons = BUF_INIT;
		struct match m;
		bool now;

		if (!row->queue.count)
			continue;
		now = any_may(h, &row->shape, &h->catalogue, NULL);
		match_site(&row->shape, &doc, &h->config, &h->catalogue, &m,
			   may_know(h, row, uid) ? &reasons : NULL);
		say_kind(row, now, m.may || any_may(h, &row->shape, &h->catalogue, doc.name),
			 m.may ? "" : reasons.s, &n, &kinds);
		buf_free(&reasons);
	}
	got = conclude(&n, "site", doc.name, &kinds, out);
	buf_free(&kinds);
	return got;
}

/* The hub's catalogue with one dataset more, or another version of it. */
static bool with_dataset(const struct catalogue *c, const struct dataset_doc *doc, struct catalogue *out)
{
	struct catalogue_entry e = { .name = doc->name, .bytes = doc->size, .digest = doc->digest,
				     .measured = true };
	uint32_t n = 0, i = 0;

	out->entry = malloc((c->entries + 1) * sizeof *out->entry);
	if (!out->entry)
		return false;
	for (; i < c->entries && strcmp(c->entry[i].name, doc->name) < 0; i++)
		out->entry[n++] = c->entry[i];
	out->entry[n++] = e;
	if (i < c->entries && !strcmp(c->entry[i].name, doc->name))
		i++;
	for (; i < c->entries; i++)
		out->entry[n++] = c->entry[i];
	out->entries = n;
	return true;
}

static bool uses(const struct shape *s, const char *dataset)
{
	for (uint32_t i = 0; i < s->datasets.count; i++)
		if (!strcmp(s->datasets.item[i], dataset))
			return true;
	return false;
}

int whatif_dataset(struct hub *h, struct tree *t, struct buf *out, struct diag *d)
{
	struct counts n = { 0 };
	struct buf kinds = BUF_INIT;
	struct catalogue then;
	struct dataset_doc doc;
	int got;

	if (dataset_doc_read(t, t->root, &doc, d) < 0)
		return CHECK_INVALID;
	if (!with_dataset(&h->catalogue, &doc, &then)) {
		diag_nomem(d);
		return CHECK_INVALID;
	}
	for (uint32_t i = 0; i < h->shapes.busies; i++) {
		const struct shape_row *row = &h->shapes.row[h->shapes.busy[i]];

		if (row->queue.count && uses(&row->shape, doc.name))
			say_kind(row, any_may(h, &row->shape, &h->catalogue, NULL),
				 any_may(h, &row->shape, &then, NULL), "", &n, &kinds);
	}
	got = conclude(&n, "dataset", doc.name, &kinds, out);
	free(then.entry);
	buf_free(&kinds);
	return got;
}
