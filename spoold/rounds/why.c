/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "instant.h"
#include "io.h"
#include "queue.h"
#include "reserved.h"
#include "shapes.h"
#include "site_table.h"
#include "size.h"
#include "trust.h"

enum { NAME = 20 };

void why_reasons(struct hub *h, uint32_t shape, struct buf *out)
{
	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *s = h->sites.site[i];
		struct buf reasons = BUF_INIT;
		struct match m;

		if (!s->known)
			continue;
		match_site(&h->shapes.row[shape].shape, &s->doc, &h->config, &h->catalogue, &m, &reasons);
		buf_addf(out, "%s%s: %s", out->len ? "; " : "", s->name, m.may ? "it could" : reasons.s);
		buf_free(&reasons);
	}
	if (!out->len)
		buf_adds(out, "no site has told about itself yet");
}

/* What keeps a site that may have the job from getting it now. */
static void explain_waiting(struct hub *h, uint32_t site, uint32_t shape, const struct match *m,
			    struct buf *out)
{
	const struct site *s = h->sites.site[site];
	const struct demand *d = &h->shapes.row[shape].shape.demand;

	if (s->stuck || s->out.dir < 0)
		buf_adds(out, "it may, but its mail cannot be read");
	else if (!site_table_alive(h, (uint16_t)site))
		buf_adds(out, "it may, but it has been silent for longer than the lease");
	else if (!trust_may(h, (uint16_t)site)) {
		buf_adds(out, "it may, but it failed jobs of many kinds; it is tried with one again at ");
		instant_format(s->trust.try_at, out);
	} else if (!site_table_wants(h, (uint16_t)site, d))
		buf_addf(out, "it may, but it holds %u jobs with %" PRIu64 " cores and wants no more now",
			 s->held.count, s->held_cores);
	else
		buf_adds(out, "it may");
	if (m->missing) {
		buf_adds(out, "; it would have to fetch ");
		size_human(m->missing, out);
	}
}

/* Whose budget keeps a site from being told of their jobs. */
static void explain_budgets(struct hub *h, uint32_t shape, struct buf *out)
{
	for (uint32_t l = h->shapes.row[shape].queue.first; l != NO_LANE; l = h->lanes.lane[l].next) {
		uint32_t user = accounts_find(h, h->lanes.lane[l].owner);

		for (uint32_t i = 0; i < h->sites.count; i++) {
			struct buf reason = BUF_INIT;

			if (h->sites.site[i]->known &&
			    accounts_afford(h, user, shape, (uint16_t)i, &reason) < 1)
				buf_addf(out, "%s, for jobs of %s: %s\n", h->sites.site[i]->name,
					 h->accounts.account[user].name, reason.s);
			buf_free(&reason);
		}
	}
}

static void explain(struct hub *h, uint32_t shape, struct buf *out)
{
	const struct shape_row *row = &h->shapes.row[shape];

	if (row->shape.not_before > h->now) {
		buf_adds(out, "it may start at ");
		instant_format(row->shape.not_before, out);
		buf_addc(out, '\n');
	}
	if (row->shape.reservation) {
		reserved_explain(h, shape, out);
		return;
	}
	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *s = h->sites.site[i];
		struct buf reasons = BUF_INIT;
		struct match m;

		buf_addf(out, "%s: ", s->name);
		if (!s->known) {
			buf_adds(out, "it has not told about itself yet\n");
			continue;
		}
		match_site(&row->shape, &s->doc, &h->config, &h->catalogue, &m, &reasons);
		if (m.may)
			explain_waiting(h, i, shape, &m, out);
		else
			buf_adds(out, reasons.s);
		buf_addc(out, '\n');
		buf_free(&reasons);
	}
	if (!h->sites.count)
		buf_adds(out, "there is no site yet\n");
	if (h->accounts.budgets)
		explain_budgets(h, shape, out);
}

static void file_name(const struct shape_row *row, char name[NAME])
{
	snprintf(name, NAME, "x%016" PRIx64, row->hash);
}

void why_forget(struct hub *h, uint32_t shape)
{
	struct shape_row *row = &h->shapes.row[shape];
	char name[NAME];

	if (!row->explained)
		return;
	file_name(row, name);
	unlinkat(h->spool.run_why, name, 0);
	row->explained = 0;
}

static void write_one(struct hub *h, uint32_t shape)
{
	struct shape_row *row = &h->shapes.row[shape];
	struct buf text = BUF_INIT;
	struct diag d;
	char name[NAME];
	uint64_t hash;

	if (!row->queue.count) {
		why_forget(h, shape);
		return;
	}
	file_name(row, name);
	explain(h, shape, &text);
	hash = shapes_hash(&h->shapes, text.s, text.len) | 1;
	if (hash != row->explained) {
		if (io_publish(h->spool.run_why, name, 0644, text.s, text.len, 0, &d) < 0)
			hub_log("run/why/%s: %s", name, d.text);
		else
			row->explained = hash;
	}
	buf_free(&text);
}

void why_recover(struct hub *h)
{
	DIR *p = io_list(h->spool.run_why, ".", NULL);
	struct dirent *e;
	uint64_t hash;

	while (p && (e = readdir(p))) {
		uint32_t shape = sscanf(e->d_name, "x%16" SCNx64, &hash) == 1 ? shapes_find(&h->shapes, hash)
										: NO_SHAPE;

		if (shape != NO_SHAPE)
			h->shapes.row[shape].explained = 1;	/* what it says is not known */
		else if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlinkat(h->spool.run_why, e->d_name, 0);
	}
	if (p)
		closedir(p);
}

void why_write(struct hub *h)
{
	for (uint32_t i = 0; i < h->shapes.used; i++)
		if (h->shapes.row[i].queue.count || h->shapes.row[i].explained)
			write_one(h, i);
}
