/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "bisect.h"
#include "profile_runs.h"
#include "profile_tree.h"

/* --- leaves ------------------------------------------------------------------- */

unsigned profile_leaf_find(const struct profile *p, int32_t n, int64_t t)
{
	const int64_t *at = profile_leaf_at(p, p->node[n].right);
	unsigned lo = 0, hi = p->node[n].steps;

	BISECT(lo, hi, at[mid] < t);
	return lo;
}

void profile_leaf_sum(struct profile *p, int32_t n, unsigned kind)
{
	const int64_t *load = profile_leaf_load(p, p->node[n].right, kind);
	int64_t most = load[0], least = load[0];

	for (unsigned i = 1; i < p->node[n].steps; i++) {
		most = load[i] > most ? load[i] : most;
		least = load[i] < least ? load[i] : least;
	}
	profile_most(p, n)[kind] = most;
	profile_least(p, n)[kind] = least;
}

static void leaf_insert(struct profile *p, int32_t n, unsigned i, int64_t t)
{
	struct profile_node *x = &p->node[n];
	int64_t *at = profile_leaf_at(p, x->right);
	uint32_t *marks = profile_leaf_marks(p, x->right);
	unsigned behind = x->steps - i;

	memmove(at + i + 1, at + i, behind * sizeof *at);
	memmove(marks + i + 1, marks + i, behind * sizeof *marks);
	at[i] = t;
	marks[i] = 1;
	for (unsigned k = 0; k < p->kinds; k++) {
		int64_t *load = profile_leaf_load(p, x->right, k);

		/* The first step begins at the wall, so there is one before. */
		memmove(load + i, load + i - 1, (behind + 1) * sizeof *load);
	}
	x->steps++;
}

static void leaf_remove(struct profile *p, int32_t n, unsigned i)
{
	struct profile_node *x = &p->node[n];
	int64_t *at = profile_leaf_at(p, x->right);
	uint32_t *marks = profile_leaf_marks(p, x->right);
	unsigned behind = x->steps - i - 1;

	memmove(at + i, at + i + 1, behind * sizeof *at);
	memmove(marks + i, marks + i + 1, behind * sizeof *marks);
	for (unsigned k = 0; k < p->kinds; k++) {
		int64_t *load = profile_leaf_load(p, x->right, k);

		memmove(load + i, load + i + 1, behind * sizeof *load);
	}
	x->steps--;
}

/* --- the tree ----------------------------------------------------------------- */

static void pull(struct profile *p, int32_t n)
{
	const int64_t *l = profile_most(p, p->node[n].left), *r = profile_most(p, p->node[n].right);
	int64_t *most = profile_most(p, n), *least = profile_least(p, n);
	unsigned kinds = p->kinds;

	for (unsigned k = 0; k < kinds; k++) {
		int64_t a = l[2 * kinds + k], b = r[2 * kinds + k];

		most[k] = l[k] + a > r[k] + b ? l[k] + a : r[k] + b;
		least[k] = l[kinds + k] + a < r[kinds + k] + b ? l[kinds + k] + a : r[kinds + k] + b;
	}
}

static void add_to_node(struct profile *p, int32_t n, const int64_t *amount)
{
	int64_t *added = profile_added(p, n);

	for (unsigned k = 0; k < p->kinds; k++)
		added[k] += amount[k];
}

/* Hand what the node adds to its children, or to its steps. */
static void push(struct profile *p, int32_t n)
{
	int64_t *most = profile_most(p, n), *least = profile_least(p, n), *added = profile_added(p, n);
	struct profile_node *x = &p->node[n];

	if (x->left >= 0) {
		add_to_node(p, x->left, added);
		add_to_node(p, x->right, added);
	}
	for (unsigned k = 0; k < p->kinds; k++) {
		if (!added[k])
			continue;
		if (x->left < 0) {
			int64_t *load = profile_leaf_load(p, x->right, k);

			for (unsigned i = 0; i < x->steps; i++)
				load[i] += added[k];
		}
		most[k] += added[k];
		least[k] += added[k];
	}
	profile_runs_stale(p, n);
	memset(added, 0, p->kinds * sizeof *added);
}

static void measure(struct profile *p, int32_t n)
{
	struct profile_node *x = &p->node[n];
	unsigned l = p->node[x->left].height, r = p->node[x->right].height;

	x->height = (uint8_t)(1 + (l > r ? l : r));
}

void profile_node_sum(struct profile *p, int32_t n)
{
	pull(p, n);
	measure(p, n);
}

/*
 * Rotate: the higher child's outer half becomes a child of n, its inner half is
 * joined with the other child.  n stays the root of its subtree, and as it
 * covers what it covered, all that is known of it holds.
 */
static void rotate(struct profile *p, int32_t n, bool left_is_higher)
{
	struct profile_node *x = &p->node[n];
	int32_t y = left_is_higher ? x->left : x->right;
	struct profile_node *joined = &p->node[y];

	push(p, y);
	if (left_is_higher) {
		int32_t outer = joined->left;

		joined->left = joined->right;
		joined->right = x->right;
		x->left = outer;
		x->right = y;
	} else {
		int32_t outer = joined->right;

		joined->right = joined->left;
		joined->left = x->left;
		x->left = y;
		x->right = outer;
	}
	joined->wall = p->node[joined->left].wall;
	profile_node_sum(p, y);
	profile_runs_stale(p, y);
	measure(p, n);
}

/* How much higher the left child is. */
static int leaning(const struct profile *p, int32_t n)
{
	return p->node[p->node[n].left].height - p->node[p->node[n].right].height;
}

static void balance(struct profile *p, int32_t n)
{
	int lean = leaning(p, n);

	if (lean > 1 && leaning(p, p->node[n].left) < 0)
		rotate(p, p->node[n].left, false);
	if (lean < -1 && leaning(p, p->node[n].right) > 0)
		rotate(p, p->node[n].right, true);
	if (lean > 1 || lean < -1)
		rotate(p, n, lean > 1);
	else
		measure(p, n);
}

/* The leaf n becomes the parent of two.  What it adds, it goes on adding.
 * When time goes on and a step is to come behind all others, the next ones
 * will, too: then the left leaf is kept nearly full. */
static void split(struct profile *p, int32_t n, bool at_its_end)
{
	unsigned steps = p->node[n].steps, keep = at_its_end ? steps - steps / 4 : steps / 2;
	unsigned move = steps - keep;
	int32_t leaf = p->node[n].right, more = p->leaves++;
	int64_t *to = profile_leaf_at(p, more), *from = profile_leaf_at(p, leaf) + keep;
	int32_t left, right;

	memcpy(to, from, move * sizeof *to);
	memcpy(profile_leaf_marks(p, more), profile_leaf_marks(p, leaf) + keep,
	       move * sizeof *p->marks);
	left = profile_new_node(p, p->node[n].wall, leaf, keep);
	right = profile_new_node(p, to[0], more, move);
	for (unsigned k = 0; k < p->kinds; k++) {
		memcpy(profile_leaf_load(p, more, k), profile_leaf_load(p, leaf, k) + keep,
		       move * sizeof *p->load);
		profile_leaf_sum(p, left, k);
		profile_leaf_sum(p, right, k);
	}
	p->node[n].left = left;
	p->node[n].right = right;
	measure(p, n);
}

static void mark(struct profile *p, int32_t n, int64_t t)
{
	struct profile_node *x = &p->node[n];
	unsigned i;

	if (x->left < 0) {
		i = profile_leaf_find(p, n, t);
		if (i < x->steps && profile_leaf_at(p, x->right)[i] == t) {
			p->steps += !profile_leaf_marks(p, x->right)[i]++;
			return;
		}
		if (x->steps < p->size) {
			leaf_insert(p, n, i, t);
			p->steps++;
			return;
		}
		split(p, n, i == x->steps);
	}
	mark(p, t < p->node[x->right].wall ? x->left : x->right, t);
	balance(p, n);
}

void profile_mark(struct profile *p, int64_t t)
{
	if (t < PROFILE_END)
		mark(p, 0, t);
}

/* A leaf's first step stays even when nobody marks it: it is the wall. */
void profile_unmark(struct profile *p, int64_t t)
{
	int32_t n = 0;
	unsigned i;

	if (t >= PROFILE_END)
		return;
	while (p->node[n].left >= 0)
		n = t < p->node[p->node[n].right].wall ? p->node[n].left : p->node[n].right;
	i = profile_leaf_find(p, n, t);
	if (--profile_leaf_marks(p, p->node[n].right)[i])
		return;
	p->steps--;
	if (i)
		leaf_remove(p, n, i);
}

static void add_to_leaf(struct profile *p, int32_t n, int64_t from, int64_t to, const int64_t *amount)
{
	unsigned first = profile_leaf_find(p, n, from), end = profile_leaf_find(p, n, to);

	for (unsigned k = 0; k < p->kinds; k++) {
		int64_t *load = profile_leaf_load(p, p->node[n].right, k);

		if (!amount[k])
			continue;
		for (unsigned i = first; i < end; i++)
			load[i] += amount[k];
		profile_leaf_sum(p, n, k);
	}
}

/* end: where the node ends. */
static void add(struct profile *p, int32_t n, int64_t end, int64_t from, int64_t to,
		const int64_t *amount)
{
	const struct profile_node *x = &p->node[n];

	if (from <= x->wall && end <= to) {
		add_to_node(p, n, amount);
		return;
	}
	push(p, n);
	if (x->left < 0) {
		add_to_leaf(p, n, from, to, amount);
	} else {
		int64_t middle = p->node[x->right].wall;

		if (from < middle)
			add(p, x->left, middle, from, to, amount);
		if (to > middle)
			add(p, x->right, end, from, to, amount);
		pull(p, n);
	}
	profile_runs_stale(p, n);
}

void profile_add(struct profile *p, int64_t from, int64_t to, const int64_t *amount)
{
	add(p, 0, PROFILE_END, from, to, amount);
}

void profile_at(const struct profile *p, int64_t t, int64_t *load, int64_t *to)
{
	int64_t end = PROFILE_END;
	int32_t n = 0;
	unsigned i;

	memset(load, 0, p->kinds * sizeof *load);
	for (;;) {
		const struct profile_node *x = &p->node[n];

		for (unsigned k = 0; k < p->kinds; k++)
			load[k] += profile_added(p, n)[k];
		if (x->left < 0)
			break;
		if (t < p->node[x->right].wall)
			end = p->node[x->right].wall;
		n = t < p->node[x->right].wall ? x->left : x->right;
	}
	i = profile_leaf_find(p, n, t + 1);
	*to = i < p->node[n].steps ? profile_leaf_at(p, p->node[n].right)[i] : end;
	for (unsigned k = 0; k < p->kinds; k++)
		load[k] += profile_leaf_load(p, p->node[n].right, k)[i - 1];
}
