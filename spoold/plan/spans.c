/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spans.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* At this instant so many windows more, or fewer, are open. */
struct edge { int64_t at; int by; };

static int by_instant(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static bool add(struct spans *s, int64_t from, int64_t to)
{
	if (!grow(&s->at, s->count, &s->cap, sizeof *s->at))
		return false;
	s->at[s->count++] = (struct span){ from, to };
	return true;
}

/* The windows, cut wherever one begins or ends. */
static bool cut(const struct timeline_window *w, unsigned n, struct spans *out)
{
	struct edge *edge = malloc((2 * (size_t)n + 1) * sizeof *edge);
	bool good = edge;
	size_t edges = 0;
	int open = 0;

	for (unsigned i = 0; good && i < n; i++) {
		if (w[i].earliest > w[i].latest)
			continue;
		edge[edges++] = (struct edge){ w[i].earliest, +1 };
		if (w[i].latest < INT64_MAX)
			edge[edges++] = (struct edge){ w[i].latest + 1, -1 };
	}
	if (good)
		qsort(edge, edges, sizeof *edge, by_instant);
	for (size_t i = 0; good && i < edges; i++) {
		bool last = i + 1 == edges;

		open += edge[i].by;
		if (open && (last || edge[i + 1].at > edge[i].at))
			good = add(out, edge[i].at, last ? INT64_MAX : edge[i + 1].at - 1);
	}
	free(edge);
	return good;
}

static bool meet(const struct spans *a, const struct spans *b, struct spans *out)
{
	for (uint32_t i = 0, k = 0; i < a->count && k < b->count;) {
		const struct span *x = &a->at[i], *y = &b->at[k];
		int64_t from = x->from > y->from ? x->from : y->from, to = x->to < y->to ? x->to : y->to;

		if (from <= to && !add(out, from, to))
			return false;
		if (x->to < y->to)
			i++;
		else
			k++;
	}
	return true;
}

int spans_meet(struct spans *s, const struct timeline_window *w, unsigned n, struct diag *d)
{
	struct spans own = SPANS_INIT, both = SPANS_INIT;
	bool good = cut(w, n, &own) && (!s->some || meet(s, &own, &both));

	if (good) {
		free(s->at);
		*s = s->some ? both : own;
		s->some = true;
	}
	if (!good || s->at != own.at)
		free(own.at);
	if (!good || s->at != both.at)
		free(both.at);
	return good ? 0 : diag_nomem(d);
}

void spans_begin_at(struct spans *s, int64_t instant)
{
	uint32_t over = 0;

	while (over < s->count && s->at[over].to < instant)
		over++;
	s->count -= over;
	if (s->count)
		memmove(s->at, s->at + over, s->count * sizeof *s->at);
	if (s->count && s->at[0].from < instant)
		s->at[0].from = instant;
}

void spans_free(struct spans *s)
{
	free(s->at);
	*s = (struct spans)SPANS_INIT;
}
