/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site_news.h"

#include "instant.h"
#include "say.h"

#define ASK_EVERY (30 * SECOND_US)

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

int site_news_take(struct hub *h, uint16_t site, struct site_doc *doc, bool *whole, struct diag *d)
{
	struct site *s = h->sites.site[site];
	bool read_again = doc->cache.generation <= s->holds.generation && doc->time <= s->doc.time;
	int got = holdings_hear(&s->holds, doc, d);

	*whole = !doc->cache.since;
	if (got == 1 && *whole)
		s->asked_whole = 0;
	if (got == 0 && !read_again) {
		ask(h, site);
		s->holds.generation = 0;
	}
	holdings_show(&s->holds, got < 0 ? &s->doc : doc);
	return got < 0 ? -1 : 0;
}
