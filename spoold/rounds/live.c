/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live.h"

#include "hub.h"
#include "plan/candidate.h"
#include "say.h"
#include "shapes.h"
#include "why_words.h"

enum { MOST_NAMED = 8 };

static bool in_contact(const struct hub *h, const struct site *s)
{
	return s->out.dir >= 0 && !s->stuck && s->doc.interval <= h->config.assess;
}

static bool answered(const struct hub *h, uint32_t j, const struct site *s)
{
	return s->answered_at >= h->jobs.job[j].since && s->answered_at;
}

/* A question that was asked is open until then. */
static bool is_open(const struct hub *h, const struct site *s)
{
	return s->asked_at && s->answered_at < s->asked_at && h->now >= s->asked_at &&
	       h->now < s->asked_at + h->config.assess;
}

static void ask(struct hub *h, uint16_t site)
{
	struct site *s = h->sites.site[site];

	s->live_asked = say_ask(h, site, true, false);
	s->asked_at = h->now;
}

bool live_ready(struct hub *h, uint32_t j, const struct candidate *c, int64_t *wake)
{
	bool ready = true;

	for (uint32_t i = 0; i < h->sites.count; i++) {
		struct site *s = h->sites.site[i];

		if (!c[i].match.may || answered(h, j, s) || !in_contact(h, s))
			continue;
		if (!is_open(h, s) && s->asked_at < h->jobs.job[j].since)
			ask(h, (uint16_t)i);
		if (!is_open(h, s))
			continue;
		ready = false;
		if (s->asked_at + h->config.assess < *wake)
			*wake = s->asked_at + h->config.assess;
	}
	return ready;
}

void live_heard(struct hub *h, uint16_t site)
{
	struct site *s = h->sites.site[site];

	if (!s->live_asked || s->doc.answers < s->live_asked || s->answered_at >= s->asked_at)
		return;
	s->answered_at = h->now;
	for (uint32_t i = 0; i < h->shapes.busies; i++) {
		struct shape_row *row = &h->shapes.row[h->shapes.busy[i]];

		row->dirty |= row->shape.live;
	}
}

enum heard { HEARD, SILENT, FAR };

static void add_names(const struct hub *h, uint32_t j, const struct candidate *c, enum heard kind, const char *what,
		      struct buf *out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *s = h->sites.site[i];
		enum heard is = answered(h, j, s) ? HEARD : in_contact(h, s) ? SILENT : FAR;

		if (!c[i].match.may || is != kind)
			continue;
		if (n++ < MOST_NAMED)
			buf_addf(out, "%s%s", n > 1 ? ", " : out->len ? "; " : "", s->name);
	}
	if (n > MOST_NAMED)
		buf_addf(out, " and %u more", n - MOST_NAMED);
	if (n)
		buf_adds(out, what);
}

void live_words(const struct hub *h, uint32_t j, const struct candidate *c, struct buf *out)
{
	struct buf list = BUF_INIT;

	add_names(h, j, c, HEARD, " answered", &list);
	add_names(h, j, c, SILENT, " did not in time, and counts as it told before", &list);
	add_names(h, j, c, FAR, " syncs too seldom to be asked", &list);
	buf_addf(out, "asked to look anew: %s", list.len ? list.s : "nobody");
	buf_free(&list);
}
