/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heard.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"

enum { FILE_MAX = 1 << 30, SPARE_LINES = 1000, SEED = 11 };

static const char name[] = "heard";

/* --- lists by digest ------------------------------------------------------------- */

static int by_digest(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

static void list_free(struct heard_list *l)
{
	free(l->item);
	*l = (struct heard_list){ NULL, 0 };
}

static int cmp(const struct digest *a, const struct digest *b)
{
	return memcmp(a, b, sizeof *a);
}

/* Several datasets may be the same under different names: one item. */
static bool list_of(const struct site_dataset *set, uint32_t n, struct heard_list *out)
{
	uint32_t kept = 0;

	*out = (struct heard_list){ malloc((n + 1ul) * sizeof *out->item), 0 };
	if (!out->item)
		return false;
	for (uint32_t i = 0; i < n; i++)
		out->item[i] = (struct heard_item){
			set[i].digest, hash64(set[i].name, strlen(set[i].name), SEED ^ set[i].bytes),
		};
	qsort(out->item, n, sizeof *out->item, by_digest);
	for (uint32_t i = 0; i < n; i++)
		if (kept && digest_eq(&out->item[kept - 1].digest, &out->item[i].digest))
			out->item[kept - 1].names += out->item[i].names;
		else
			out->item[kept++] = out->item[i];
	out->count = kept;
	return true;
}

/* An item of `after` that is not so in `before`; or one only in `before`: it is gone. */
typedef void difference(void *ctx, const struct heard_item *item, bool gone);

static void compare(const struct heard_list *before, const struct heard_list *after,
		    difference *tell, void *ctx)
{
	uint32_t i = 0, k = 0;

	while (i < before->count || k < after->count) {
		const struct heard_item *old = &before->item[i], *new = &after->item[k];
		int order = i == before->count ? 1 : k == after->count ? -1 : cmp(&old->digest, &new->digest);

		if (order < 0)
			tell(ctx, old, true);
		else if (order > 0 || old->names != new->names)
			tell(ctx, new, false);
		i += order <= 0;
		k += order >= 0;
	}
}

static void count_one(void *ctx, const struct heard_item *item, bool gone)
{
	(void)item;
	(void)gone;
	++*(uint32_t *)ctx;
}

bool heard_differs(const struct heard *h, const struct site_dataset *set, uint32_t n)
{
	struct heard_list now;
	uint32_t changes = 0;

	if (!h->generation || !list_of(set, n, &now))
		return true;
	compare(&h->list, &now, count_one, &changes);
	list_free(&now);
	return changes > 0;
}

/* --- what is new --------------------------------------------------------------------- */

struct telling {
	struct buf *lines;
	struct digest *came, *went;
	uint32_t comes, goes;
};

static void add_change(struct buf *b, char sign, const struct heard_item *item)
{
	char hex[DIGEST_TEXT];

	digest_format(&item->digest, hex);
	if (sign == '+')
		buf_addf(b, "+ %s %016" PRIx64 "\n", hex, item->names);
	else
		buf_addf(b, "- %s\n", hex);
}

static void note(void *ctx, const struct heard_item *item, bool gone)
{
	struct telling *t = ctx;

	if (gone)
		t->went[t->goes++] = item->digest;
	else
		t->came[t->comes++] = item->digest;
	add_change(t->lines, gone ? '-' : '+', item);
}

/* Only what came stays in the document. */
static void keep_changes(struct site_doc *s, const struct telling *t)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; t->comes && i < s->datasets; i++)
		if (bsearch(&s->dataset[i].digest, t->came, t->comes, sizeof *t->came, by_digest))
			s->dataset[kept++] = s->dataset[i];
	s->datasets = kept;
	s->dropped = t->went;
	s->drops = t->goes;
}

static uint64_t later(uint64_t generation, int64_t now)
{
	return (uint64_t)now > generation ? (uint64_t)now : generation + 1;
}

int heard_news(struct heard *h, struct tree *t, struct site_doc *s, bool whole, int64_t now,
	       struct diag *d)
{
	struct telling told = { .lines = &h->change };

	list_free(&h->after);
	buf_reset(&h->change);
	h->next = 0;
	if (!list_of(s->dataset, s->datasets, &h->after))
		return diag_nomem(d);
	told.came = tree_alloc(t, (h->after.count + 1ul) * sizeof *told.came);
	told.went = tree_alloc(t, (h->list.count + 1ul) * sizeof *told.went);
	if (!told.came || !told.went)
		return diag_nomem(d);
	compare(&h->list, &h->after, note, &told);
	h->next = h->generation && !told.comes && !told.goes ? h->generation
							      : later(h->generation, now);
	s->cache.generation = h->next;
	if (whole || !h->generation)
		return 0;
	s->cache.since = h->generation;
	keep_changes(s, &told);
	return 0;
}

/* --- the file -------------------------------------------------------------------------- */

static void write_whole(struct heard *h, int dir)
{
	struct buf all = BUF_INIT;

	for (uint32_t i = 0; i < h->list.count; i++)
		add_change(&all, '+', &h->list.item[i]);
	buf_addf(&all, "= %" PRIu64 "\n", h->generation);
	h->dirty = all.failed || io_publish(dir, name, 0600, all.s, all.len, 0, NULL) < 0;
	if (h->dirty)
		unlinkat(dir, name, 0);
	h->lines = 0;
	buf_free(&all);
}

void heard_shown(struct heard *h, int dir)
{
	uint64_t next = h->next;

	h->next = 0;
	if (next)
		h->version = h->next_version;
	if (!next || next == h->generation)
		return;
	list_free(&h->list);
	h->list = h->after;
	h->after = (struct heard_list){ NULL, 0 };
	h->dirty |= !h->generation || h->change.failed;
	h->generation = next;
	for (const char *s = h->change.s; *s; s++)
		h->lines += *s == '\n';
	buf_addf(&h->change, "= %" PRIu64 "\n", h->generation);
	if (h->dirty || h->lines > h->list.count + SPARE_LINES ||
	    io_append(dir, name, h->change.s, h->change.len, NULL) < 0)
		write_whole(h, dir);
	buf_reset(&h->change);
}

struct change { struct heard_item item; uint32_t order; bool gone; };

static int by_digest_and_order(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	int order = cmp(&x->item.digest, &y->item.digest);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* One line; false: it is none of ours. */
static bool read_change(const char *line, size_t len, struct change *c)
{
	char *end;

	c->gone = len == 2 + DIGEST_LEN && !strncmp(line, "- ", 2);
	if (!c->gone && (len != 2 + DIGEST_LEN + 17 || strncmp(line, "+ ", 2)))
		return false;
	if (digest_parse(line + 2, DIGEST_LEN, &c->item.digest, NULL) < 0)
		return false;
	c->item.names = c->gone ? 0 : strtoull(line + 3 + DIGEST_LEN, &end, 16);
	return c->gone || end == line + len;
}

/* The last word on each digest. */
static void apply(struct heard *h, struct change *c, uint32_t n)
{
	uint32_t kept = 0;

	h->list.item = malloc((n + 1ul) * sizeof *h->list.item);
	if (!h->list.item) {
		h->generation = 0;
		return;
	}
	qsort(c, n, sizeof *c, by_digest_and_order);
	for (uint32_t i = 0; i < n; i++)
		if ((i + 1 == n || cmp(&c[i].item.digest, &c[i + 1].item.digest)) && !c[i].gone)
			h->list.item[kept++] = c[i].item;
	h->list.count = kept;
}

static void load(struct heard *h, const char *text, size_t len)
{
	struct change *all = malloc((len / (2 + DIGEST_LEN) + 1) * sizeof *all);
	uint32_t n = 0, whole = 0;
	const char *end;

	h->dirty = true;
	for (const char *line = text; all && (end = strchr(line, '\n')); line = end + 1) {
		if (!strncmp(line, "= ", 2)) {
			h->generation = strtoull(line + 2, NULL, 10);
			whole = n;
			h->dirty = end[1] != '\0';
			continue;
		}
		all[n].order = n;
		if (!read_change(line, (size_t)(end - line), &all[n])) {
			h->generation = 0;
			break;
		}
		n++;
	}
	if (all && h->generation)
		apply(h, all, whole);
	h->lines = whole > h->list.count ? whole - h->list.count : 0;
	free(all);
}

void heard_open(struct heard *h, int dir)
{
	struct buf text = BUF_INIT;

	heard_free(h);
	if (io_read(dir, name, FILE_MAX, &text, NULL) == 0 && text.len && strlen(text.s) == text.len)
		load(h, text.s, text.len);
	buf_free(&text);
}

void heard_free(struct heard *h)
{
	list_free(&h->list);
	list_free(&h->after);
	buf_free(&h->change);
	*h = (struct heard)HEARD_INIT;
}
