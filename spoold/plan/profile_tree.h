/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_tree - what the files of profile share, and nobody else includes.
 */
#ifndef PLAN_PROFILE_TREE_H
#define PLAN_PROFILE_TREE_H

#include <string.h>

#include "profile.h"

/* The most, the least, and what is to be added to both and to all below. */
static inline int64_t *profile_most(const struct profile *p, int32_t n)
{
	return p->sum + (int64_t)n * 3 * p->kinds;
}

static inline int64_t *profile_least(const struct profile *p, int32_t n)
{
	return profile_most(p, n) + p->kinds;
}

static inline int64_t *profile_added(const struct profile *p, int32_t n)
{
	return profile_most(p, n) + 2 * p->kinds;
}

static inline bool profile_is_leaf(const struct profile *p, int32_t n)
{
	return p->node[n].left < 0;
}

static inline int64_t *profile_leaf_at(const struct profile *p, int32_t leaf)
{
	return p->at + (int64_t)leaf * p->size;
}

static inline int64_t *profile_leaf_load(const struct profile *p, int32_t leaf, unsigned kind)
{
	return p->load + ((int64_t)leaf * p->kinds + kind) * p->size;
}

static inline uint32_t *profile_leaf_marks(const struct profile *p, int32_t leaf)
{
	return p->marks + (int64_t)leaf * p->size;
}

/* A leaf below the node; there is room for the node. */
static inline int32_t profile_new_node(struct profile *p, int64_t wall, int32_t leaf, unsigned steps)
{
	p->node[p->nodes] = (struct profile_node){ wall, -1, leaf, 0, (uint8_t)steps };
	memset(profile_most(p, p->nodes), 0, 3 * p->kinds * sizeof *p->sum);
	return p->nodes++;
}

/* The first step of the leaf below n that begins at t or later; its number of
 * steps if there is none. */
unsigned profile_leaf_find(const struct profile *p, int32_t n, int64_t t);
/* Set the most and the least of n: of one kind from the leaf below it, or of
 * all kinds and the height from its children. */
void profile_leaf_sum(struct profile *p, int32_t n, unsigned kind);
void profile_node_sum(struct profile *p, int32_t n);

#endif
