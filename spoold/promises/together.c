/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "together.h"

#include <stdlib.h>

#include "shapes.h"
#include "site_time.h"

/* At one instant, or if that cannot be, as soon after it as can be. */
static bool may_be_later(const struct shape *s, const struct shape_window *w)
{
	return w->earliest == w->latest && !s->ask;
}

/* later: those at one instant may be later, though it has not been missed yet. */
static int meet_one(const struct hub *h, const struct shape *s, bool later, struct spans *out, struct diag *d)
{
	struct timeline_window *w = calloc(s->windows, sizeof *w);
	int r;

	for (uint32_t i = 0; w && i < s->windows; i++) {
		const struct shape_window *of = &s->window[i];
		bool open = may_be_later(s, of) && (later || of->latest < h->now);

		w[i] = (struct timeline_window){ .earliest = of->earliest,
						 .latest = open ? INT64_MAX : of->latest };
	}
	r = w ? spans_meet(out, w, s->windows, d) : diag_nomem(d);
	free(w);
	return r;
}

static int meet_all(struct hub *h, const uint32_t *shape, uint32_t n, bool later, struct spans *out,
		    struct diag *d)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < n; i++)
		if (!i || shape[i] != shape[i - 1])
			r = meet_one(h, &h->shapes.row[shape[i]].shape, later, out, d);
	return r;
}

int together_when(struct hub *h, const uint32_t *shape, uint32_t n, struct spans *out, struct diag *d)
{
	bool ever = false;

	for (int later = 0; later <= 1; later++) {
		spans_free(out);
		if (meet_all(h, shape, n, later, out, d) < 0)
			return -1;
		ever |= out->count;
		spans_begin_at(out, h->now);
		if (out->count)
			return TOGETHER_SOON;
	}
	return ever ? TOGETHER_OVER : TOGETHER_NEVER;
}

/* Of the windows in which it may start then the shortest; exact ones before those that
 * were missed. */
static const struct shape_window *window_at(const struct hub *h, const struct shape *s, int64_t start)
{
	const struct shape_window *best = NULL;
	bool exact = false;
	int64_t least = 0;

	for (uint32_t i = 0; i < s->windows; i++) {
		const struct shape_window *w = &s->window[i];
		bool in = w->earliest <= start && start <= w->latest;
		int64_t length = site_time_length(h, s, i);

		if (!in && (exact || w->earliest > start || !may_be_later(s, w)))
			continue;
		if (best && in == exact && length >= least)
			continue;
		best = w;
		least = length;
		exact = in;
	}
	return best ? best : &s->window[0];
}

int64_t together_length(const struct hub *h, const struct shape *s, int64_t start)
{
	return site_time_length(h, s, (uint32_t)(window_at(h, s, start) - s->window));
}

int64_t together_longest(const struct hub *h, const struct shape *s, int64_t start)
{
	return window_at(h, s, start)->max;
}
