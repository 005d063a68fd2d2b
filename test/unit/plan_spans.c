/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spans.h: random windows of several, beside a search that tries every instant.
 */
#include "plan_shrink.h"
#include "spans.h"
#include "tap.h"

enum { INSTANTS = 24, MOST = 4 };

static unsigned one = 1;

/* In which of n windows an instant lies, as bits. */
static unsigned in(const struct timeline_window *w, unsigned n, int64_t at)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < n; i++)
		if (w[i].earliest <= at && at <= w[i].latest)
			bits |= 1u << i;
	return bits;
}

static unsigned draw(struct chance *c, struct timeline_window *w)
{
	unsigned n = (unsigned)chance_below(c, MOST) + 1;

	for (unsigned i = 0; i < n; i++) {
		w[i].earliest = (int64_t)chance_below(c, INSTANTS);
		w[i].latest = chance_below(c, 6) ? w[i].earliest + (int64_t)chance_below(c, 8) - 1 : INT64_MAX;
		w[i].duration = 1;
	}
	return n;
}

/* The span in which an instant lies; -1: none. */
static int span_of(const struct spans *s, int64_t at)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->at[i].from <= at && at <= s->at[i].to)
			return (int)i;
	return -1;
}

static bool passes(struct chance *c)
{
	struct timeline_window w[MOST][MOST];
	unsigned n[MOST], those = (unsigned)chance_below(c, MOST) + 1;
	int64_t since = (int64_t)chance_below(c, INSTANTS);
	struct spans s = SPANS_INIT;
	bool good = true;

	for (unsigned i = 0; i < those; i++) {
		n[i] = draw(c, w[i]);
		good &= spans_meet(&s, w[i], n[i], NULL) == 0;
	}
	spans_begin_at(&s, since);
	for (uint32_t i = 0; i < s.count; i++)
		good &= s.at[i].from <= s.at[i].to && (!i || s.at[i - 1].to < s.at[i].from);
	for (int64_t at = 0; at < 2 * INSTANTS; at++) {
		bool all = at >= since;
		int span = span_of(&s, at);

		for (unsigned i = 0; i < those; i++) {
			all &= in(w[i], n[i], at) != 0;
			/* Inside one span everybody is in the same windows. */
			good &= span < 0 || in(w[i], n[i], at) == in(w[i], n[i], s.at[span].from);
		}
		good &= all == (span >= 0);
	}
	spans_free(&s);
	return good;
}

int main(void)
{
	struct spans s = SPANS_INIT;

	is_int(spans_meet(&s, &(struct timeline_window){ 0, INT64_MAX, 1 }, 1, NULL), 0, "at any time");
	is_int(s.count, 1, "is one span");
	is_int(s.at[0].to, INT64_MAX, "without an end");
	spans_begin_at(&s, 7);
	is_int(s.at[0].from, 7, "that begins when it is told to");
	is_int(spans_meet(&s, NULL, 0, NULL), 0, "beside one who never may");
	is_int(s.count, 0, "nothing is left");
	is_int(spans_meet(&s, &(struct timeline_window){ 0, INT64_MAX, 1 }, 1, NULL), 0, "and stays so");
	is_int(s.count, 0, "whoever comes behind");
	spans_free(&s);
	ok_cases(passes, 50000, &one, NULL, "random windows of several");
	return done();
}
