/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which site of a set a job of a transaction goes to. */
#include "facts_look.h"
#include "gang_attempt.h"
#include "plan/candidate.h"
#include "shapes.h"
#include "site_table.h"

static bool may(const struct attempt *a, uint32_t i, uint16_t site)
{
	struct hub *h = a->h;
	const struct match *m;

	if (!gang_in_set(h, a->w->same, a->sets, a->set, site))
		return false;
	m = shapes_match(h, a->w->shape[i], site);
	return m && m->may;
}

/* Seconds until the site has what the member needs and lacks, by what it has measured;
 * of all that are like the one before it they are the same. */
static double ready_in(const struct attempt *a, uint32_t i, uint16_t site)
{
	uint32_t sites = a->h->sites.count;
	float *of = &a->ready[(size_t)i * sites];
	struct facts_lead l;

	if (of[site] < 0 && i && a->w->shape[i] == a->w->shape[i - 1])
		of[site] = a->ready[(size_t)(i - 1) * sites + site];
	if (of[site] < 0) {
		facts_lead(a->h, &a->h->shapes.row[a->w->shape[i]].shape, site, &l);
		of[site] = (float)(l.staged + l.prepare);
	}
	return (double)of[site];
}

double attempt_cost(const struct attempt *a, uint32_t i, uint16_t site)
{
	struct hub *h = a->h;
	uint32_t shape = a->w->shape[i];
	const struct site *s = h->sites.site[site];
	struct match m = *shapes_match(h, shape, site);

	m.avoided |= a->w->shunned == site + 1;
	return candidate_dislike(&m) + ready_in(a, i, site) +
	       (double)s->held_cores / (s->doc.cores ? s->doc.cores : 1);
}

/* The lesser goes first: by the layout, then by what it costs. */
static bool better(const struct attempt *a, uint32_t i, uint16_t x, uint16_t y)
{
	double p = attempt_cost(a, i, x), q = attempt_cost(a, i, y);

	if (a->w->layout == LAYOUT_PACK && a->count[x] != a->count[y])
		return a->count[x] > a->count[y];
	if (a->w->layout == LAYOUT_PACK && !a->count[x]) {
		const struct site *s = a->h->sites.site[x], *t = a->h->sites.site[y];
		int64_t free_x = (int64_t)s->doc.cores - (int64_t)s->held_cores;
		int64_t free_y = (int64_t)t->doc.cores - (int64_t)t->held_cores;

		if (free_x != free_y)
			return free_x > free_y;
	}
	if (a->w->layout == LAYOUT_SPREAD && a->count[x] != a->count[y])
		return a->count[x] < a->count[y];
	return p != q ? p < q : x < y;
}

uint16_t attempt_choose(const struct attempt *a, uint32_t i, const uint8_t *tried)
{
	uint16_t best = NO_SITE;

	for (uint32_t s = 0; s < a->h->sites.count; s++)
		if (!tried[s] && may(a, i, (uint16_t)s) && (best == NO_SITE || better(a, i, (uint16_t)s, best)))
			best = (uint16_t)s;
	return best;
}
