/* SPDX-License-Identifier: GPL-2.0-or-later */
/* index.html: the tree to look at, one page without anything from elsewhere. */
#include <string.h>

#include "html.h"
#include "instant.h"
#include "site_words.h"

enum { MOST_JOBS = 200, MOST_ENDED = 20 };	/* of each phase */

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Spool</title>\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' file:; "
	"style-src 'unsafe-inline'\">\n<style>body{font:14px sans-serif;margin:2em;color:#222}"
	"table{border-collapse:collapse}th,td{text-align:left;padding:2px 10px;border-bottom:1px solid #ddd}"
	"td.n{text-align:right}h2{margin-top:1.5em}a{color:#246}</style></head><body>\n";

static void add_phases(struct view *v, const struct who *who, struct buf *out)
{
	const struct index *ix = &v->index;

	buf_adds(out, "<h2>Jobs</h2><table><tr>");
	for (int p = 0; p < PHASES; p++)
		buf_addf(out, "<th><a href=\"by-phase/%s/\">%s</a></th>", phase_name((enum phase)p),
			 phase_name((enum phase)p));
	buf_adds(out, "</tr><tr>");
	for (int p = 0; p < PHASES; p++) {
		const struct value *value = &ix->by[BY_PHASE].v[ix->phase_value[p]];
		uint32_t n = value->count;

		if (!who->all) {
			n = 0;
			for (uint32_t i = value->head; i; i = ix->job[i].list[BY_PHASE].next)
				n += who_sees(who, ix->job[i].owner);
		}
		buf_addf(out, "<td class=\"n\">%u</td>", n);
	}
	buf_adds(out, "</tr></table>\n");
}

static void add_cell(struct buf *out, const char *text)
{
	buf_adds(out, "<td>");
	html_text(out, *text ? text : "-");
	buf_adds(out, "</td>");
}

static void add_job(struct buf *out, const struct index *ix, const struct job *j)
{
	const struct value *shape = index_shape(ix, j);
	uint32_t reason = shape ? shape->reason : j->reason;
	char id[UUID_TEXT];

	uuid_format(&j->id, id);
	buf_addf(out, "<tr><td><a href=\"jobs/%s/\">%s</a></td>", id, id);
	add_cell(out, value_text(&ix->by[BY_NAME], j->value[BY_NAME]));
	add_cell(out, value_text(&ix->by[BY_USER], j->value[BY_USER]));
	add_cell(out, phase_name((enum phase)j->shown));
	add_cell(out, value_text(&ix->by[BY_SITE], j->value[BY_SITE]));
	buf_adds(out, "<td>");
	instant_format(j->since, out);
	buf_adds(out, "</td>");
	add_cell(out, reason ? value_text(&ix->reasons, reason) : "");
	buf_adds(out, "</tr>\n");
}

/* At most so many of a phase, newest first.  True: there are more. */
static bool add_of_phase(struct view *v, const struct who *who, enum phase p, uint32_t most,
			 struct buf *out)
{
	const struct index *ix = &v->index;
	uint32_t i = ix->by[BY_PHASE].v[ix->phase_value[p]].head, n = 0;

	for (; i; i = ix->job[i].list[BY_PHASE].next) {
		if (!who_sees(who, ix->job[i].owner))
			continue;
		if (n++ == most)
			return true;
		add_job(out, ix, &ix->job[i]);
	}
	return false;
}

static void add_jobs(struct view *v, const struct who *who, struct buf *out)
{
	bool more = false;

	buf_adds(out, "<table><tr><th>Id</th><th>Name</th><th>User</th><th>Phase</th><th>Site</th><th>Since"
		 "</th><th>Reason</th></tr>\n");
	for (int p = 0; p < PHASES; p++)
		more |= add_of_phase(v, who, (enum phase)p, phase_final((enum phase)p) ? MOST_ENDED : MOST_JOBS,
				     out);
	buf_addf(out, "</table>\n%s", more ? "<p>... and more: see <a href=\"queue\">queue</a> and "
		 "<a href=\"by-phase/\">by-phase</a>.</p>\n" : "");
}

static bool add_site(void *ctx, const char *site)
{
	struct buf *out = ctx;

	buf_adds(out, "<h3><a href=\"sites/");
	html_path(out, site);
	buf_adds(out, "/\">");
	html_text(out, site);
	buf_adds(out, "</a></h3><p><img alt=\"\" src=\"sites/");
	html_path(out, site);
	buf_adds(out, "/timeline.svg\"></p>\n");
	return true;
}

static void add_use(struct view *v, const struct who *who, struct buf *out)
{
	struct buf table = BUF_INIT;

	if (account_room.text(v, who, TREE_ACCOUNTING, "by-month", &table) == 0) {
		buf_adds(out, "<h2><a href=\"accounting/\">Accounting</a></h2><pre>");
		html_text(out, table.s);
		buf_adds(out, "</pre>\n");
	}
	buf_free(&table);
}

void html_index(struct view *v, const struct who *who, struct buf *out)
{
	buf_adds(out, head);
	buf_adds(out, "<h1>Spool ");
	html_text(out, v->spool.path);
	buf_adds(out, "</h1>\n<p>As of ");
	instant_format(instant_now() / SECOND_US * SECOND_US, out);
	buf_adds(out, ".  <a href=\"README\">README</a> <a href=\"datasets/\">datasets</a> "
		 "<a href=\"reservations/\">reservations</a> <a href=\"rejected/\">rejected</a> "
		 "<a href=\"metrics\">metrics</a></p>\n");
	index_wait(&v->index);
	index_rdlock(&v->index);
	add_phases(v, who, out);
	add_jobs(v, who, out);
	index_unlock(&v->index);
	buf_adds(out, "<h2>Sites</h2>\n");
	sites_each(&v->spool, add_site, out);
	add_use(v, who, out);
	buf_adds(out, "</body></html>\n");
	html_pad(out);
}
