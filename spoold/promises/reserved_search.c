/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "hub.h"
#include "instant.h"
#include "plan/match.h"
#include "reserved_part.h"
#include "site_table.h"
#include "size.h"

struct slot_search {
	const struct place *place;
	uint64_t amount[TIMELINE_KINDS];
	struct timeline_obstacle in_the_way;	/* the first; wanted 0: nothing yet */
};

/* The earliest start of occurrence n, from where the first begins at s->start,
 * to where it begins at latest.  false: none. */
static bool fit_one(struct slot_search *q, const struct slots *s, int64_t n, int64_t latest, int64_t *start)
{
	struct timeline_window w;
	struct timeline_found f;
	int64_t from, to;

	slots_nth(s, n, &from, &to);
	w = (struct timeline_window){ from, latest + (from - s->start), to - from };
	if (place_fit(q->place, q->amount, &w, 1, &f)) {
		*start = f.start - (from - s->start);
		return true;
	}
	if (!q->in_the_way.wanted)
		timeline_obstacle(&q->place->line, q->amount, from, to, &q->in_the_way);
	return false;
}

/*
 * The earliest start in a window at which all occurrences fit.  What is in the
 * way of one moves them all, until none is; as the start only ever moves on,
 * that ends.  A later start may have fewer of them, by `until` or `expires`.
 */
static bool fit_all(struct slot_search *q, const struct reservation *r, const struct reservation_window *w,
		    int64_t now, struct slots *s)
{
	int64_t latest = w->has_start ? w->start.to : INSTANT_MAX;
	int64_t start = w->has_start && w->start.from > now ? w->start.from : now, moved;

	for (int64_t n = 0; start <= latest;) {
		*s = reservation_slots(r, w, start);
		if (n >= slots_count(s) || slots_count(s) > RESERVATION_OCCURRENCES)
			return n > 0;
		if (!fit_one(q, s, n, latest, &moved))
			return false;
		n = moved > start ? 0 : n + 1;
		start = moved;
	}
	return false;
}

void reserved_say_obstacle(const struct place *p, const struct timeline_obstacle *o, struct buf *out)
{
	bool bytes = o->kind == PLACE_MEMORY || o->kind == PLACE_DISK;

	buf_adds(out, "at ");
	instant_format(o->when, out);
	buf_adds(out, " it has ");
	if (bytes)
		size_human(o->free, out);
	else
		buf_addf(out, "%" PRIu64, o->free);
	buf_addf(out, " %s%s free of the ", bytes ? "of " : "", place_kind(p, o->kind));
	if (bytes)
		size_human(o->wanted, out);
	else
		buf_addf(out, "%" PRIu64, o->wanted);
	buf_adds(out, " that are wanted");
}

static bool all_passed(const struct reservation *r, int64_t now)
{
	for (uint32_t i = 0; i < r->windows; i++)
		if (!r->window[i].has_start || r->window[i].start.to >= now)
			return false;
	return true;
}

static void why_not(struct hub *h, const struct reservation *r, const struct slot_search *q, struct buf *why)
{
	if (all_passed(r, h->now))
		buf_adds(why, "the time in which it could have begun has passed");
	else if (r->expires && r->expires <= h->now)
		buf_adds(why, "it would have expired by now");
	else if (q->in_the_way.wanted)
		reserved_say_obstacle(q->place, &q->in_the_way, why);
	else
		buf_adds(why, "it would expire before it begins, or more often than 1000 times");
}

/* One site's answer: true with the earliest slots, or the reasons. */
static bool ask_site(struct hub *h, uint16_t site, const struct reservation *r, const struct shape *want,
		     struct slots *best, struct buf *why)
{
	const struct site *s = h->sites.site[site];
	struct slot_search q = { .place = &s->time };
	bool found = false;
	struct match m;

	match_site(want, &s->doc, &h->config, &h->catalogue, &m, why);
	if (!m.may)
		return false;
	/* Who only looks knows no mailbox. */
	if (h->spool.lock >= 0 && !site_table_alive(h, site)) {
		buf_adds(why, "it has been silent for longer than the lease");
		return false;
	}
	if (!place_wish(&s->time, want, q.amount)) {
		buf_adds(why, "it can never have that much free");
		return false;
	}
	for (uint32_t i = 0; i < r->windows; i++) {
		struct slots slots;

		if (!fit_all(&q, r, &r->window[i], h->now, &slots) || (found && slots.start >= best->start))
			continue;
		*best = slots;
		found = true;
	}
	if (!found)
		why_not(h, r, &q, why);
	return found;
}

static double fill_of(const struct site *s)
{
	return (double)s->held_cores / (s->doc.cores ? s->doc.cores : 1);
}

int reserved_search(struct hub *h, const struct reservation *r, const struct shape *want, uint16_t *site,
		    struct slots *s, struct buf *why, struct diag *d)
{
	bool found = false;

	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *at = h->sites.site[i];
		struct buf words = BUF_INIT;
		struct slots slots;

		if (!at->known)
			continue;
		if (!ask_site(h, (uint16_t)i, r, want, &slots, &words)) {
			buf_addf(why, "%s%s: %s", why->len ? "; " : "", at->name, words.len ? words.s : "");
		} else if (!found || slots.start < s->start ||
			   (slots.start == s->start && fill_of(at) < fill_of(h->sites.site[*site]))) {
			*site = (uint16_t)i;
			*s = slots;
			found = true;
		}
		buf_free(&words);
	}
	if (!found && !why->len)
		buf_adds(why, "no site has told about itself yet");
	return why->failed ? diag_nomem(d) : found;
}
