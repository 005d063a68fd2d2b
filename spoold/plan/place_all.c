/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "place.h"

void place_give_back_all(struct place_claim *c, size_t n)
{
	while (n-- > 0)
		place_give_back(c[n].place, &c[n].handle);
}

int place_take_all(struct place_claim *c, size_t n, size_t *which, struct diag *d)
{
	for (size_t i = 0; i < n; i++) {
		int r = place_take(c[i].place, &c[i].take, &c[i].handle, d);

		if (r == 0)
			continue;
		*which = i;
		place_give_back_all(c, i);
		return r;
	}
	return 0;
}

/* --- a common start ----------------------------------------------------------------- */

static bool fit_from(const struct place *p, const uint64_t *amount, int64_t duration, int64_t *start,
		     int64_t latest)
{
	struct timeline_window w = { *start, latest, duration };
	struct timeline_found f;

	if (!place_fit(p, amount, &w, 1, &f))
		return false;
	*start = f.start;
	return true;
}

/* For as long as the shortest of them, those at one place need the sum of
 * what they take: before that fits, they have no common start. */
static bool fit_sum(const struct place_claim *c, size_t n, size_t first, int64_t *start, int64_t latest)
{
	uint64_t sum[TIMELINE_KINDS] = { 0 };
	int64_t duration = c[first].duration;

	for (size_t i = first; i < n; i++) {
		if (c[i].place != c[first].place)
			continue;
		if (c[i].duration < duration)
			duration = c[i].duration;
		for (unsigned k = 0; k < TIMELINE_KINDS; k++) {
			sum[k] += c[i].take.amount[k];
			if (sum[k] > TIMELINE_MOST || c[i].take.amount[k] > TIMELINE_MOST)
				return false;
		}
	}
	return fit_from(c[first].place, sum, duration, start, latest);
}

static bool is_first_there(const struct place_claim *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (c[k].place == c[i].place)
			return false;
	return true;
}

static void set_times(struct place_claim *c, size_t n, int64_t start)
{
	for (size_t i = 0; i < n; i++) {
		c[i].take.from = start;
		c[i].take.to = start + c[i].duration;
	}
}

/*
 * Try them together; where one does not fit beside those before it, that is
 * no start, and its next one is the earliest that may be.  (It cannot be
 * missed: beside the others at a later common start there is no more room then
 * than beside them now.)
 */
int place_fit_all(struct place_claim *c, size_t n, int64_t earliest, int64_t latest, int64_t *start,
		  struct diag *d)
{
	int64_t at = earliest;
	size_t which = 0;
	int r;

	for (;;) {
		for (size_t i = 0; i < n; i++)
			if (is_first_there(c, i) && !fit_sum(c, n, i, &at, latest))
				return 1;
		set_times(c, n, at);
		r = place_take_all(c, n, &which, d);
		if (r <= 0)
			break;
		r = place_take_all(c, which, &which, d);
		if (r != 0)
			return r;
		r = fit_from(c[which].place, c[which].take.amount, c[which].duration, &at, latest);
		place_give_back_all(c, which);
		if (!r)
			return 1;
	}
	*start = at;
	return r;
}
