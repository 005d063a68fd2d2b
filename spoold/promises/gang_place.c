/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the jobs of a transaction go: the best of all sets of sites. */
#include <string.h>

#include "gang_attempt.h"

int gang_place_now(struct hub *h, const struct gang_want *w, uint16_t *site, struct diag *d)
{
	struct attempt a = { 0 };
	struct gang_sets sets;
	double least = 0;
	bool good = gang_sets_begin(h, w->same, &sets) && attempt_begin(&a, h, w, &sets, true);
	int found = 0;

	for (uint32_t s = 0; good && s < sets.count; s++) {
		if (!attempt_put(&a, s))
			continue;
		attempt_undo(&a);
		if (found && a.cost >= least)
			continue;
		memcpy(site, a.site, w->n * sizeof *site);
		least = a.cost;
		found = 1;
	}
	good = good && !a.nomem;
	attempt_end(&a);
	gang_sets_end(&sets);
	return good ? found : diag_nomem(d);
}

/* The earliest start of those that were put, in these spans and before *start. */
static int fit(struct attempt *a, const struct spans *when, int64_t *start, struct diag *d)
{
	int r = 1;

	for (uint32_t k = 0; r > 0 && k < when->count && when->at[k].from < *start; k++) {
		attempt_start_at(a, when->at[k].from);
		r = place_fit_all(a->claim, a->w->n, when->at[k].from, when->at[k].to, start, d);
	}
	return r;
}

int gang_place_later(struct hub *h, const struct gang_want *w, const struct spans *when, uint16_t *site,
		     timeline_handle *plan, int64_t *start, struct diag *d)
{
	struct attempt a = { 0 };
	struct gang_sets sets;
	int64_t least = INT64_MAX;
	uint32_t best = 0;
	bool good = gang_sets_begin(h, w->same, &sets) && attempt_begin(&a, h, w, &sets, false);

	for (uint32_t s = 0; good && s < sets.count; s++) {
		int64_t at = least;
		int r = attempt_put(&a, s) ? fit(&a, when, &at, d) : 1;

		if (r == 0)
			place_give_back_all(a.claim, w->n);
		good = r >= 0;
		if (r == 0 && at < least) {
			best = s;
			least = at;
		}
	}
	if (good && least < INT64_MAX) {
		*start = INT64_MAX;
		good = attempt_put(&a, best) && fit(&a, when, start, d) == 0;
		for (uint32_t i = 0; good && i < w->n; i++) {
			site[i] = a.site[i];
			plan[i] = a.claim[i].handle;
		}
	}
	attempt_end(&a);
	gang_sets_end(&sets);
	return good ? least < INT64_MAX : diag_nomem(d);
}

int gang_place_again(struct hub *h, const struct gang_want *w, enum transaction_same same, uint16_t first,
		     uint16_t *site, struct diag *d)
{
	struct attempt a = { 0 };
	struct gang_sets sets;
	bool good = gang_sets_begin(h, same, &sets) && attempt_begin(&a, h, w, &sets, true);
	struct gang_want one = *w;
	int found = 0;

	one.same = first == NO_SITE ? SAME_ANY : same;
	a.w = &one;
	for (uint32_t s = 0; good && !found && s < sets.count; s++) {
		if ((first != NO_SITE && !gang_in_set(h, same, &sets, s, first)) || !attempt_put(&a, s))
			continue;
		attempt_undo(&a);
		*site = a.site[0];
		found = 1;
	}
	good = good && !a.nomem;
	attempt_end(&a);
	gang_sets_end(&sets);
	return good ? found : diag_nomem(d);
}
