/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile_runs.h"
#include "profile_tree.h"

/*
 * A walk over the steps from `earliest` on, from left to right.  Between two
 * nodes, everything from `start` up to where the walk is fits, and no earlier
 * start will do.
 */
struct walk {
	const struct profile *p;
	unsigned kinds;			/* those with a limit */
	uint8_t kind[PROFILE_KINDS];
	int64_t latest, duration;
	int64_t start;
	bool found;
	unsigned leaves;		/* read so far */
};

/* How a node stands to the limits; those are lowered by what it adds. */
struct standing {
	int64_t limit[PROFILE_KINDS];
	bool over;			/* something exceeds its limit somewhere */
	bool never;			/* something exceeds its limit everywhere */
};

static void judge(const struct walk *w, int32_t n, const int64_t *limit, struct standing *s)
{
	const int64_t *most = profile_most(w->p, n), *least = profile_least(w->p, n),
		      *added = profile_added(w->p, n);

	s->over = s->never = false;
	for (unsigned j = 0; j < w->kinds; j++) {
		unsigned k = w->kind[j];

		s->limit[j] = limit[j] - added[k];
		s->over |= most[k] > s->limit[j];
		s->never |= least[k] > s->limit[j];
	}
}

/* A bit for each step of the leaf at which something exceeds its limit. */
static uint64_t bad_steps(const struct walk *w, int32_t n, const struct standing *s)
{
	const struct profile_node *x = &w->p->node[n];
	uint64_t bad = 0;

	for (unsigned j = 0; j < w->kinds; j++) {
		const int64_t *load = profile_leaf_load(w->p, x->right, w->kind[j]);
		int64_t limit = s->limit[j];

		if (profile_most(w->p, n)[w->kind[j]] <= limit)
			continue;
		for (unsigned i = 0; i < x->steps; i++)
			bad |= (uint64_t)(load[i] > limit) << i;
	}
	return bad;
}

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
static bool walk_leaf(struct walk *w, int32_t n, int64_t end, const struct standing *s)
{
	const struct profile_node *x = &w->p->node[n];
	const int64_t *at = profile_leaf_at(w->p, x->right);
	uint64_t all = x->steps < 64 ? (UINT64_C(1) << x->steps) - 1 : ~UINT64_C(0);
	uint64_t bad = bad_steps(w, n, s);

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
static int64_t fits_from(const struct walk *w, int32_t n, int64_t end, const int64_t *limit)
{
	const struct profile_node *x = &w->p->node[n];
	struct standing s;

	judge(w, n, limit, &s);
	if (!s.over)
		return x->wall;
	if (x->left < 0) {
		uint64_t bad = bad_steps(w, n, &s);
		unsigned i = 64 - (unsigned)__builtin_clzll(bad);

		return i < x->steps ? profile_leaf_at(w->p, x->right)[i] : end;
	} else {
		int64_t middle = w->p->node[x->right].wall;
		int64_t from = fits_from(w, x->right, end, s.limit);

		return from > middle ? from : fits_from(w, x->left, middle, s.limit);
	}
}

/* Can no start up to the node's end do, but for those that reach beyond it?
 * Each kind alone may show that. */
static bool hopeless(const struct walk *w, int32_t n, int64_t end, const struct standing *s)
{
	int64_t wall = w->p->node[n].wall;
	bool inside = false, across = w->start >= wall;

	for (unsigned j = 0; j < w->kinds && !(inside && across); j++) {
		unsigned k = w->kind[j];

		if (profile_most(w->p, n)[k] <= s->limit[j] || !profile_runs_ready(w->p, n, end, k))
			continue;
		inside |= profile_runs_best(w->p, n, k, s->limit[j]) < w->duration;
		across |= wall - w->start + profile_runs_before(w->p, n, k, s->limit[j]) < w->duration;
	}
	return inside && across;
}

/* Is the walk over? */
static bool walk(struct walk *w, int32_t n, int64_t end, const int64_t *limit)
{
	const struct profile_node *x = &w->p->node[n];
	struct standing s;

	if (end <= w->start)
		return false;
	judge(w, n, limit, &s);
	if (!s.over)
		return long_enough(w, end);
	if (s.never)
		return restart(w, end);
	if (w->leaves >= w->p->calm && hopeless(w, n, end, &s)) {
		int64_t from = fits_from(w, n, end, limit);

		return restart(w, from > w->start ? from : w->start);
	}
	if (x->left < 0)
		return walk_leaf(w, n, end, &s);
	return walk(w, x->left, w->p->node[x->right].wall, s.limit) ||
	       walk(w, x->right, end, s.limit);
}

static void walk_init(struct walk *w, const struct profile *p, const int64_t *limit, int64_t *limits)
{
	*w = (struct walk){ .p = p };
	for (unsigned k = 0; k < p->kinds; k++) {
		if (limit[k] == INT64_MAX)
			continue;
		limits[w->kinds] = limit[k];
		w->kind[w->kinds++] = (uint8_t)k;
	}
}

bool profile_fit(const struct profile *p, const int64_t *limit, int64_t earliest, int64_t latest,
		 int64_t duration, int64_t *start)
{
	int64_t limits[PROFILE_KINDS];
	struct walk w;

	if (earliest > latest)
		return false;
	walk_init(&w, p, limit, limits);
	w.start = earliest;
	w.latest = latest;
	w.duration = duration;
	walk(&w, 0, PROFILE_END, limits);
	if (w.found)
		*start = w.start;
	return w.found;
}

static bool over(const struct walk *w, int32_t n, int64_t end, const int64_t *limit, int64_t *when)
{
	const struct profile_node *x = &w->p->node[n];
	struct standing s;
	uint64_t bad;

	if (end <= w->start || x->wall >= w->latest)
		return false;
	judge(w, n, limit, &s);
	if (!s.over)
		return false;
	if (x->left >= 0)
		return over(w, x->left, w->p->node[x->right].wall, s.limit, when) ||
		       over(w, x->right, end, s.limit, when);
	bad = bad_steps(w, n, &s);
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
	int64_t limits[PROFILE_KINDS];
	struct walk w;

	walk_init(&w, p, limit, limits);
	w.start = from;
	w.latest = to;
	return over(&w, 0, PROFILE_END, limits, when);
}
