/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "instant.h"
#include "loop.h"
#include "size.h"

/* --- site.yaml ------------------------------------------------------------------------ */

/* Called with the document while it stays: leave out what is not to be shown. */
struct filter { struct view *v; const struct who *who; struct buf *out; bool hid; };

static void filter_doc(void *ctx, const struct site_doc *doc)
{
	struct filter *f = ctx;
	struct site_doc shown = *doc;
	struct site_dataset *kept = malloc((doc->datasets + 1ul) * sizeof *kept);

	shown.datasets = 0;
	shown.dataset = kept;
	for (uint32_t i = 0; kept && i < doc->datasets; i++)
		if (!wants_hidden(f->v, f->who, doc->dataset[i].name))
			kept[shown.datasets++] = doc->dataset[i];
	shown.transfers = 0;
	f->hid = !kept || shown.datasets != doc->datasets || doc->transfers;
	if (kept && f->hid)
		site_write(f->out, &shown);
	free(kept);
}

void site_words_yaml(struct view *v, const struct who *who, uint32_t site, struct buf *out)
{
	struct filter f = { v, who, out, false };

	if (!who->all)
		sites_with(&v->sites, &v->spool, site, filter_doc, &f);
	if (!f.hid)
		sites_text(&v->spool, sites_name(&v->sites, site), out);
}

/* --- latency -------------------------------------------------------------------------- */

static void add_duration(struct buf *out, int64_t us)
{
	if (us)
		buf_addf(out, " %10.3f", (double)us / 1e3);
	else
		buf_addf(out, " %10s", "-");
}

static void add_rate(struct buf *out, uint64_t rate)
{
	struct buf b = BUF_INIT;

	if (rate)
		size_human(rate, &b);
	buf_addf(out, " %10s", rate ? b.s : "-");
	buf_free(&b);
}

static void add_stores(void *ctx, const struct site_doc *doc)
{
	struct buf *out = ctx;

	buf_addf(out, "%-20s %10s %10s %10s %10s %8s %-24s %s\n", "STORE", "MS", "SPREAD", "DOWN/S", "UP/S",
		 "SAMPLES", "MEASURED", "TROUBLE");
	for (uint32_t i = 0; i < doc->stores; i++) {
		const struct site_store *s = &doc->store[i];

		buf_addf(out, "%-20s", s->name);
		add_duration(out, s->latency);
		add_duration(out, s->latency_spread);
		add_rate(out, s->bandwidth);
		add_rate(out, s->upload);
		buf_addf(out, " %8u ", s->samples);
		if (s->measured)
			instant_format(s->measured, out);
		else
			buf_addf(out, "%-24s", "-");
		buf_addf(out, " %s\n", s->trouble ? s->trouble : "-");
	}
}

void site_words_latency(struct view *v, uint32_t site, struct buf *out)
{
	sites_with(&v->sites, &v->spool, site, add_stores, out);
}

/* --- why ------------------------------------------------------------------------------ */

struct kind { char shape[FACTS_SHAPE]; uint32_t jobs; };

static uint32_t pending_seen(const struct index *ix, const struct who *who, uint32_t i)
{
	uint32_t n = 0;

	for (; i; i = ix->job[i].list[BY_SHAPE].next)
		n += ix->job[i].phase == PHASE_PENDING && who_sees(who, ix->job[i].owner);
	return n;
}

/* The kinds of jobs that wait, as far as the caller sees them. */
static struct kind *kinds_of(struct view *v, const struct who *who, uint32_t *n)
{
	const struct index *ix = &v->index;
	const struct values *s = &ix->by[BY_SHAPE];
	struct kind *kind;

	index_wait(&v->index);
	index_rdlock(&v->index);
	kind = malloc((s->n + 1ul) * sizeof *kind);
	*n = 0;
	for (uint32_t i = 1; kind && i < s->n; i++) {
		uint32_t jobs = s->v[i].text && s->v[i].why_len ? pending_seen(ix, who, s->v[i].head) : 0;

		if (!jobs)
			continue;
		kind[*n].jobs = jobs;
		snprintf(kind[(*n)++].shape, FACTS_SHAPE, "%s", s->v[i].text);
	}
	index_unlock(&v->index);
	return kind;
}

/* "SITE: what it says" among the lines of an explanation, with the lines behind it that
 * begin with two blanks; NULL: nothing. */
static const char *line_of(const char *text, const char *site, size_t *len)
{
	size_t n = strlen(site);

	for (const char *at = text; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, site, n) || strncmp(at + n, ": ", 2))
			continue;
		at += n + 2;
		*len = strcspn(at, "\n");
		while (!strncmp(at + *len, "\n  ", 3))
			*len += 1 + strcspn(at + *len + 1, "\n");
		return at;
	}
	return NULL;
}

void site_words_why(struct view *v, const struct who *who, const char *site, struct buf *out)
{
	struct why w = WHY_INIT;
	uint32_t n;
	struct kind *kind;

	loop_slow();
	kind = kinds_of(v, who, &n);
	for (uint32_t i = 0; kind && i < n; i++) {
		const char *line;
		size_t len;

		why_load(&w, &v->spool, kind[i].shape);
		line = line_of(w.text.s, site, &len);
		if (!line)
			continue;
		buf_addf(out, "%u job%s waiting: %.*s\n  as of ", kind[i].jobs, kind[i].jobs == 1 ? "" : "s", (int)len,
			 line);
		instant_format(w.mtime / 1000, out);
		buf_addc(out, '\n');
	}
	if (!out->len)
		buf_adds(out, "no job waits\n");
	buf_free(&w.text);
	free(kind);
}

/* --- any ------------------------------------------------------------------------------ */

int site_words(struct view *v, fuse_req_t req, fuse_ino_t ino, struct buf *out)
{
	const char *site = sites_name(&v->sites, tree_index(ino));
	struct who who;

	if (!site)
		return ENOENT;
	who_init(&who, v, req);
	switch (tree_kind(ino)) {
	case TREE_SITE_YAML:
		site_words_yaml(v, &who, tree_index(ino), out);
		break;
	case TREE_SITE_LATENCY:
		site_words_latency(v, tree_index(ino), out);
		break;
	case TREE_SITE_WHY:
		site_words_why(v, &who, site, out);
		break;
	default:
		site_words_timeline(v, &who, site, out);
		html_pad(out);
	}
	return out->failed ? ENOMEM : 0;
}
