/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_tree - is the tree inside a profile what profile.h says it is?
 */
#ifndef TEST_PLAN_TREE_H
#define TEST_PLAN_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "profile_tree.h"

struct plan_tree { int64_t last; uint32_t marks, steps; const char *wrong; };

static inline void plan_tree_wrong_if(struct plan_tree *s, bool wrong, const char *what)
{
	if (wrong)
		s->wrong = what;
}

static inline void plan_tree_leaf(const struct profile *p, int32_t n, struct plan_tree *s)
{
	const struct profile_node *x = &p->node[n];
	const int64_t *at = profile_leaf_at(p, x->right);

	plan_tree_wrong_if(s, !x->steps || x->steps > p->size || x->height, "a leaf's steps or height");
	plan_tree_wrong_if(s, at[0] != x->wall, "a leaf does not begin at its wall");
	for (unsigned i = 0; i < x->steps; i++) {
		uint32_t marks = profile_leaf_marks(p, x->right)[i];

		plan_tree_wrong_if(s, at[i] <= s->last, "the steps are not in order");
		plan_tree_wrong_if(s, i && !marks, "a step that nobody marks");
		s->last = at[i];
		s->marks += marks;
		s->steps += marks > 0;
	}
	for (unsigned k = 0; k < p->kinds; k++) {
		const int64_t *load = profile_leaf_load(p, x->right, k);
		int64_t most = load[0], least = load[0];

		for (unsigned i = 0; i < x->steps; i++) {
			most = load[i] > most ? load[i] : most;
			least = load[i] < least ? load[i] : least;
		}
		plan_tree_wrong_if(s, profile_most(p, n)[k] != most || profile_least(p, n)[k] != least,
				   "a leaf's most or least");
	}
}

static inline void plan_tree_node(const struct profile *p, int32_t n, struct plan_tree *s)
{
	const struct profile_node *x = &p->node[n], *l, *r;

	if (x->left < 0) {
		plan_tree_leaf(p, n, s);
		return;
	}
	l = &p->node[x->left];
	r = &p->node[x->right];
	plan_tree_wrong_if(s, x->height != 1 + (l->height > r->height ? l->height : r->height), "a height");
	plan_tree_wrong_if(s, l->height > r->height + 1 || r->height > l->height + 1, "out of balance");
	plan_tree_wrong_if(s, x->wall != l->wall || l->wall >= r->wall, "a wall");
	for (unsigned k = 0; k < p->kinds; k++) {
		int64_t a = profile_added(p, x->left)[k], b = profile_added(p, x->right)[k];
		int64_t ma = profile_most(p, x->left)[k] + a, mb = profile_most(p, x->right)[k] + b;
		int64_t la = profile_least(p, x->left)[k] + a, lb = profile_least(p, x->right)[k] + b;

		plan_tree_wrong_if(s, profile_most(p, n)[k] != (ma > mb ? ma : mb), "a node's most");
		plan_tree_wrong_if(s, profile_least(p, n)[k] != (la < lb ? la : lb), "a node's least");
	}
	plan_tree_node(p, x->left, s);
	plan_tree_node(p, x->right, s);
}

/* NULL: it is; marks: how many there are. */
static inline const char *plan_tree_wrong(const struct profile *p, uint32_t marks)
{
	struct plan_tree s = { .last = INT64_MIN };

	plan_tree_node(p, 0, &s);
	plan_tree_wrong_if(&s, s.marks != marks, "the number of marks");
	plan_tree_wrong_if(&s, s.steps != p->steps, "the number of steps");
	return s.wrong;
}

#endif
