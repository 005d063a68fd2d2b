/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions that no set of sites can ever have as a whole. */
#include "gang_attempt.h"
#include "shapes.h"
#include "site_table.h"
#include "why.h"

/* What one site says to one shape. */
static bool could(struct hub *h, uint32_t shape, uint16_t site)
{
	const struct match *m = h->sites.site[site]->known ? shapes_match(h, shape, site) : NULL;

	return m && (m->may || m->later);
}

/* Has the set somebody for each, and the cores for all of them? */
static bool set_could(struct hub *h, const struct gang_want *w, const struct gang_sets *sets, uint32_t set)
{
	uint64_t cores = 0, wanted = 0;

	for (uint32_t s = 0; s < h->sites.count; s++)
		if (gang_in_set(h, w->same, sets, set, (uint16_t)s))
			cores += h->sites.site[s]->doc.cores;
	for (uint32_t i = 0; i < w->n; i++) {
		bool any = false;

		for (uint32_t s = 0; !any && s < h->sites.count; s++)
			any = gang_in_set(h, w->same, sets, set, (uint16_t)s) && could(h, w->shape[i], (uint16_t)s);
		if (!any)
			return false;
		wanted += h->shapes.row[w->shape[i]].shape.demand.cores;
	}
	return wanted <= cores;
}

bool gang_place_never(struct hub *h, const struct gang_want *w, struct buf *why)
{
	static const char *const where[] = {
		[SAME_ANY] = "the sites together cannot have", [SAME_GROUP] = "no group of sites can have",
		[SAME_SITE] = "no site can have",
	};
	struct attempt a = { 0 };
	struct gang_sets sets;
	bool never = gang_sets_begin(h, w->same, &sets) && attempt_begin(&a, h, w, &sets, false), known = false;

	for (uint32_t s = 0; s < h->sites.count; s++)
		known |= h->sites.site[s]->known;
	never &= known;
	/* At one site there is no choice: what does not fit there when it is empty never will. */
	for (uint32_t s = 0; never && s < sets.count; s++)
		if (set_could(h, w, &sets, s) && (w->same != SAME_SITE || attempt_put(&a, s) || a.nomem))
			never = false;
	for (uint32_t i = 0; never && i < w->n; i++)
		for (uint32_t s = 0; never && s < h->sites.count; s++) {
			const struct match *m = h->sites.site[s]->known ? shapes_match(h, w->shape[i], s) : NULL;

			never = !m || !m->later;
		}
	if (never)
		buf_addf(why, "%s all %u jobs of the transaction at once", where[w->same], w->n);
	for (uint32_t i = 0; never && i < w->n; i++) {
		struct buf reasons = BUF_INIT;
		bool any = false;

		for (uint32_t s = 0; !any && s < h->sites.count; s++)
			any = could(h, w->shape[i], (uint16_t)s);
		if (any)
			continue;
		why_reasons(h, w->shape[i], &reasons);
		buf_addf(why, "; there is one that nobody can have: %s", reasons.s);
		buf_free(&reasons);
		break;
	}
	attempt_end(&a);
	gang_sets_end(&sets);
	return never;
}
