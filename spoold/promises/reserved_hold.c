/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reservation holds of its site's time.  An occurrence that the site could
 * not keep is written down, and so is that it is held again: a start has to know
 * which of several that do not fit beside one another was there.
 */
#include <stdlib.h>

#include "grow.h"
#include "hub.h"
#include "instant.h"
#include "reserved_part.h"
#include "site_time.h"

void reserved_give_back(struct hub *h, uint32_t i)
{
	struct reserved *r = &h->reservations.item[i];

	for (int64_t n = 0; n < r->holds; n++)
		place_give_back(&h->sites.site[r->site]->time, &r->hold[n]);
	free(r->hold);
	r->hold = NULL;
	r->holds = 0;
	r->missing = false;
}

/* Where its beginning stands among what was lost; losts: nowhere. */
static uint32_t find_lost(const struct reserved *r, int64_t n)
{
	uint32_t at = 0;
	int64_t from, to;

	slots_nth(&r->slots, r->first + n, &from, &to);
	while (at < r->losts && r->lost[at] != from)
		at++;
	return at;
}

/* Beside what is promised; what is only queued at the site moves. */
static int take_again(struct hub *h, uint32_t i, const struct place_take *k, timeline_handle *hold,
		      struct diag *d)
{
	struct timeline_broken broken;
	uint16_t site = h->reservations.item[i].site;
	int got = place_insist(&h->sites.site[site]->time, k, hold, &broken, d);

	site_time_broke(h, site, &broken, "a reservation has its time again");
	return got;
}

static int take_one(struct hub *h, uint32_t i, int64_t n, struct timeline_obstacle *o, struct diag *d)
{
	struct reserved *r = &h->reservations.item[i];
	struct place *p = &h->sites.site[r->site]->time;
	struct place_take k = { .standing = PLACE_AGREED, .owner = site_time_owner(&r->id),
				.holder = { .what = HOLD_RESERVED, .index = i } };
	int got;

	if (!place_known(p))
		return 1;
	place_wish(p, &r->want, k.amount);
	slots_nth(&r->slots, r->first + n, &k.from, &k.to);
	/* What has passed belongs to nobody. */
	if (k.from < h->now)
		k.from = h->now;
	if (k.from >= k.to)
		return 0;
	got = find_lost(r, n) < r->losts ? take_again(h, i, &k, &r->hold[n], d) : place_take(p, &k, &r->hold[n], d);
	if (got == 1 && o && !o->wanted)
		timeline_obstacle(&p->line, k.amount, k.from, k.to, o);
	return got;
}

static void remark(struct hub *h, uint32_t i, const char *what, int64_t when, const char *why)
{
	struct buf line = BUF_INIT;

	line_begin(&line);
	line_time(&line, what, when);
	line_time(&line, "time", h->now);
	if (why)
		line_text(&line, "text", why);
	reserved_remark(h, i, &line);
	buf_free(&line);
}

void reserved_lose(struct hub *h, uint32_t i, int64_t n, const char *why)
{
	struct reserved *r = &h->reservations.item[i];
	int64_t from, to;

	slots_nth(&r->slots, r->first + n, &from, &to);
	r->hold[n] = 0;
	r->missing = true;
	if (find_lost(r, n) == r->losts && grow(&r->lost, r->losts, &r->lost_cap, sizeof *r->lost))
		r->lost[r->losts++] = from;
	remark(h, i, "broken", from, why);
}

/* It is there again. */
static void find_again(struct hub *h, uint32_t i, int64_t n)
{
	struct reserved *r = &h->reservations.item[i];
	uint32_t at = find_lost(r, n);

	if (at == r->losts)
		return;
	remark(h, i, "held", r->lost[at], NULL);
	r->lost[at] = r->lost[--r->losts];
}

/* What is not held yet; unless `lost`, but for what was lost. */
static int take_missing(struct hub *h, uint32_t i, bool lost, struct timeline_obstacle *o, struct diag *d)
{
	struct reserved *r = &h->reservations.item[i];

	r->missing = false;
	for (int64_t n = 0; n < r->holds; n++) {
		bool skip = r->hold[n] || (!lost && find_lost(r, n) < r->losts);
		int got = r->hold[n] ? 0 : skip ? 1 : take_one(h, i, n, o, d);

		if (got < 0)
			return -1;
		if (got == 0 && !skip)
			find_again(h, i, n);
		r->missing |= got;
	}
	r->version = h->sites.site[r->site]->time.version;
	return r->missing;
}

static int begin_holding(struct hub *h, uint32_t i, struct diag *d)
{
	struct reserved *r = &h->reservations.item[i];
	int64_t count = slots_count(&r->slots);

	r->first = slots_after(&r->slots, h->now);
	r->holds = count > r->first ? count - r->first : 0;
	if (r->holds > RESERVATION_OCCURRENCES)
		r->holds = RESERVATION_OCCURRENCES;
	r->hold = calloc((size_t)r->holds + 1, sizeof *r->hold);
	h->reservations.due = 0;
	if (r->hold)
		return 0;
	r->holds = 0;
	return diag_nomem(d);
}

int reserved_hold(struct hub *h, uint32_t i, struct timeline_obstacle *o, struct diag *d)
{
	return begin_holding(h, i, d) < 0 ? -1 : take_missing(h, i, true, o, d);
}

static const struct hub *sorting;

static int by_id(const void *a, const void *b)
{
	return uuid_cmp(&sorting->reservations.item[*(const uint32_t *)a].id,
			&sorting->reservations.item[*(const uint32_t *)b].id);
}

/* What was lost waits for all that was not. */
int reserved_hold_all(struct hub *h, struct diag *d)
{
	uint32_t *order = malloc((h->reservations.count + 1) * sizeof *order), n = 0;
	int r = order ? 0 : diag_nomem(d);

	for (uint32_t i = 0; order && i < h->reservations.count; i++)
		if (h->reservations.item[i].live)
			order[n++] = i;
	sorting = h;
	if (order)
		qsort(order, n, sizeof *order, by_id);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = begin_holding(h, order[i], d) < 0 || take_missing(h, order[i], false, NULL, d) < 0 ? -1 : 0;
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = take_missing(h, order[i], true, NULL, d) < 0 ? -1 : 0;
	for (uint32_t i = 0; r == 0 && i < n; i++)
		reserved_arrange(h, order[i]);
	free(order);
	return r;
}

/* --- what is missing ------------------------------------------------------------------ */

/* One that should be there now may come when what is in its way just ends. */
static bool is_late(const struct hub *h, const struct reserved *r)
{
	int64_t from, to;

	if (!r->holds || r->hold[0])
		return false;
	slots_nth(&r->slots, r->first, &from, &to);
	return from <= h->now;
}

static void seek(struct hub *h, uint32_t i)
{
	struct reserved *r = &h->reservations.item[i];
	struct diag d = DIAG_INIT;

	if (!r->live || !r->missing)
		return;
	if (r->version == h->sites.site[r->site]->time.version && !is_late(h, r))
		return;
	if (take_missing(h, i, true, NULL, &d) < 0)
		hub_trouble(h, "holding a reservation", &d);
	reserved_arrange(h, i);
}

void reserved_learn(struct hub *h, uint16_t site)
{
	for (uint32_t i = 0; i < h->reservations.count; i++)
		if (h->reservations.item[i].site == site)
			seek(h, i);
}

void reserved_seek(struct hub *h)
{
	for (uint32_t i = 0; i < h->reservations.count; i++)
		seek(h, i);
}
