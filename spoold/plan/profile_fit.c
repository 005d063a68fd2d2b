/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile_runs.h"

/*
 * A walk over the steps from `earliest` on, from left to right.  Between two
 * nodes, everything from `start` up to where the walk is fits, and no earlier
 * start will do.
 */
struct walk {
	const struct profile *p;
	struct profile_limits limits;
	int64_t limit[PROFILE_KINDS];
	int64_t latest, duration;
	int64_t start;
	bool found;
	unsigned leaves;		/* read so far */
	bool looked;			/* for a lens */
	int lens;			/* -1: none */
};

/* All steps from here to `to` are of no use.  Is the walk over? */
static bool restart(struct walk *w, int64_t to)
{
	w->start = to;
	return to > w->latest;
}

static bool long_enough(struct walk *w, int64_t to)
{
	return w->found = to - w->start >= w->duration;
}

/* Is the walk over? */
static bool walk_leaf(struct walk *w, int32_t n, int64_t end, const int64_t *here)
{
	const struct profile_node *x = &w->p->node[n];
	const int64_t *at = profile_leaf_at(w->p, x->right);
	uint64_t all = profile_all_steps(w->p, n), bad = profile_bad_steps(w->p, n, &w->limits, here);

	w->leaves++;
	if (w->start > x->wall) {
		unsigned past = profile_leaf_find(w->p, n, w->start + 1) - 1;

		all &= ~UINT64_C(0) << past;
		bad &= all;
	}
	while (bad) {
		unsigned i = (unsigned)__builtin_ctzll(bad);
		uint64_t good = all & ~bad & ~UINT64_C(0) << i;

		if (long_enough(w, at[i]))
			return true;
		if (!good)
			return restart(w, end);
		i = (unsigned)__builtin_ctzll(good);
		if (restart(w, at[i]))
			return true;
		bad &= ~UINT64_C(0) << i;
	}
	return long_enough(w, end);
}

/* From when on everything fits up to the node's end; its wall: all of it does. */
static int64_t fits_from(const struct walk *w, int32_t n, int64_t end, const int64_t *above)
{
	const struct profile_node *x = &w->p->node[n];
	int64_t here[PROFILE_KINDS], middle, from;

	if (profile_judge(w->p, n, &w->limits, above, here) == PROFILE_WITHIN)
		return x->wall;
	if (x->left < 0) {
		uint64_t bad = profile_bad_steps(w->p, n, &w->limits, here);
		unsigned i = 64 - (unsigned)__builtin_clzll(bad);

		return i < x->steps ? profile_leaf_at(w->p, x->right)[i] : end;
	}
	middle = w->p->node[x->right].wall;
	from = fits_from(w, x->right, end, here);
	return from > middle ? from : fits_from(w, x->left, middle, here);
}

/* Will no start before the node's end do, but for those whose stretch reaches
 * beyond it?  Then *from is the first of these, or before the walk's start. */
static bool hopeless(struct walk *w, int32_t n, int64_t end, const int64_t *above,
		     const int64_t *here, int64_t *from)
{
	int64_t wall = w->p->node[n].wall;
	struct profile_run run;

	if (!w->looked) {
		w->looked = true;
		w->lens = profile_runs_lens(w->p, &w->limits, w->limit);
	}
	if (w->lens < 0)
		return false;
	run = profile_runs_of(w->p, w->lens, n, end, &w->limits, w->limit, here);
	if (run.best >= w->duration ||
	    (w->start < wall && wall - w->start + run.before >= w->duration))
		return false;
	*from = run.behind ? fits_from(w, n, end, above) : end;
	return true;
}

/* Is the walk over? */
static bool walk(struct walk *w, int32_t n, int64_t end, const int64_t *above)
{
	const struct profile_node *x = &w->p->node[n];
	int64_t here[PROFILE_KINDS], from;

	if (end <= w->start)
		return false;
	switch (profile_judge(w->p, n, &w->limits, above, here)) {
	case PROFILE_WITHIN:
		return long_enough(w, end);
	case PROFILE_BEYOND:
		return restart(w, end);
	default:
		break;
	}
	if (x->left < 0)
		return walk_leaf(w, n, end, here);
	if (w->leaves >= w->p->calm && hopeless(w, n, end, above, here, &from))
		return restart(w, from > w->start ? from : w->start);
	return walk(w, x->left, w->p->node[x->right].wall, here) || walk(w, x->right, end, here);
}

static void walk_init(struct walk *w, const struct profile *p, const int64_t *limit)
{
	w->p = p;
	w->limits.kinds = 0;
	for (unsigned k = 0; k < p->kinds; k++) {
		if (limit[k] == INT64_MAX)
			continue;
		w->limit[w->limits.kinds] = limit[k];
		w->limits.kind[w->limits.kinds++] = (uint8_t)k;
	}
	w->found = w->looked = false;
	w->leaves = 0;
}

bool profile_fit(const struct profile *p, const int64_t *limit, int64_t earliest, int64_t latest,
		 int64_t duration, int64_t *start)
{
	struct walk w;

	if (earliest > latest)
		return false;
	walk_init(&w, p, limit);
	w.start = earliest;
	w.latest = latest;
	w.duration = duration;
	walk(&w, 0, PROFILE_END, w.limit);
	if (w.looked)
		profile_runs_cost(p, &w.limits, w.limit, w.lens, w.leaves - p->calm);
	if (w.found)
		*start = w.start;
	return w.found;
}

static bool over(const struct walk *w, int32_t n, int64_t end, const int64_t *above, int64_t *when)
{
	const struct profile_node *x = &w->p->node[n];
	int64_t here[PROFILE_KINDS];
	uint64_t bad;

	if (end <= w->start || x->wall >= w->latest)
		return false;
	if (profile_judge(w->p, n, &w->limits, above, here) == PROFILE_WITHIN)
		return false;
	if (x->left >= 0)
		return over(w, x->left, w->p->node[x->right].wall, here, when) ||
		       over(w, x->right, end, here, when);
	bad = profile_bad_steps(w->p, n, &w->limits, here);
	if (w->start > x->wall)
		bad &= ~UINT64_C(0) << (profile_leaf_find(w->p, n, w->start + 1) - 1);
	if (!bad)
		return false;
	*when = profile_leaf_at(w->p, x->right)[__builtin_ctzll(bad)];
	if (*when < w->start)
		*when = w->start;
	return *when < w->latest;
}

bool profile_over(const struct profile *p, const int64_t *limit, int64_t from, int64_t to,
		  int64_t *when)
{
	struct walk w;

	walk_init(&w, p, limit);
	w.start = from;
	w.latest = to;
	return over(&w, 0, PROFILE_END, w.limit, when);
}
