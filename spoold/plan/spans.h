/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spans - when several may start at once, each of which has windows of its own.
 *
 *	struct spans s = SPANS_INIT;			(always)
 *
 *	spans_meet(&s, window, windows, d);		(for each that is to start)
 *	for (i = 0; i < s.count; i++)			(any start in s.at[i] is in a window of each)
 *	spans_free(&s);
 *
 * Spans are in rising order and have no instant in common.  Inside one of them no
 * window of anybody begins or ends: who may start at its first instant by some of
 * its windows may start by the same at its last.
 *
 * Pure, but for memory.  -1: out of memory; nothing was changed.
 */
#ifndef PLAN_SPANS_H
#define PLAN_SPANS_H

#include "timeline.h"

struct span { int64_t from, to; };	/* with both ends */

struct spans {
	struct span *at;
	uint32_t count, cap;
	bool some;			/* somebody has said when; else at any time */
};

#define SPANS_INIT { 0 }

/* No more than what lies in one of these windows; their durations do not count. */
int spans_meet(struct spans *s, const struct timeline_window *w, unsigned n, struct diag *d);
/* Nothing before that instant. */
void spans_begin_at(struct spans *s, int64_t instant);
void spans_free(struct spans *s);

#endif
