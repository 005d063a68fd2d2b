/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site_news.h"

#include <string.h>

#include "instant.h"
#include "say.h"

#define ASK_EVERY (30 * SECOND_US)

/* The names lie in a tree that goes: all of them into one piece. */
static int move_names(struct tree *t, struct site_doc *doc, struct diag *d)
{
	size_t all = 0;
	char *to;

	for (uint32_t i = 0; i < doc->datasets; i++)
		all += strlen(doc->dataset[i].name) + 1;
	to = tree_alloc(t, all + 1);
	if (!to)
		return diag_nomem(d);
	for (uint32_t i = 0; i < doc->datasets; i++) {
		size_t n = strlen(doc->dataset[i].name) + 1;

		memcpy(to, doc->dataset[i].name, n);
		doc->dataset[i].name = to;
		to += n;
	}
	return 0;
}

static int keep_known(const struct site_doc *known, struct tree *t, struct site_doc *doc,
		      uint64_t generation, struct diag *d)
{
	doc->dataset = tree_alloc(t, (known->datasets + 1ul) * sizeof *doc->dataset);
	if (!doc->dataset)
		return diag_nomem(d);
	if (known->datasets)
		memcpy(doc->dataset, known->dataset, known->datasets * sizeof *doc->dataset);
	doc->datasets = known->datasets;
	doc->drops = 0;
	doc->cache.since = 0;
	doc->cache.generation = generation;
	return 0;
}

static void ask(struct hub *h, uint16_t site)
{
	struct site *s = h->sites.site[site];

	if (s->asked_whole && h->ticks - s->asked_whole < ASK_EVERY)
		return;
	s->asked_whole = h->ticks;
	hub_log("%s tells of changes in its cache since a time that is not known here: it is asked for "
		"the whole", s->name);
	say_ask(h, site, false, true);
}

int site_news_take(struct hub *h, uint16_t site, struct tree *t, struct site_doc *doc, bool *whole,
		   struct diag *d)
{
	static const struct site_doc nothing = { .datasets = 0 };
	struct site *s = h->sites.site[site];
	const struct site_doc *known = s->known ? &s->doc : &nothing;
	int got;

	*whole = !doc->cache.since;
	if (*whole) {
		s->asked_whole = 0;
		return 0;
	}
	got = site_apply(t, known, doc, d);
	if (got == 0) {
		bool read_again = doc->cache.generation <= known->cache.generation &&
				  doc->time <= known->time;

		if (!read_again)
			ask(h, site);
		got = keep_known(known, t, doc, read_again ? known->cache.generation : 0, d);
	}
	return got < 0 ? -1 : move_names(t, doc, d);
}
