/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile - how much is taken at every instant, of each of a few kinds.
 *
 * A step function of time, zero everywhere at first.  It is kept in leaves of
 * up to 64 steps, in arrays, below an AVL tree; each node knows the least and
 * the most of each kind below it, and what is to be added to all of it.  So
 * adding to an interval and finding where something fits touch a few leaves.
 * timeline.h is what to use; this is what it is made of.
 *
 *	profile_init(&p, kinds, PROFILE_LEAF);
 *	profile_reserve(&p);
 *	profile_mark(&p, from);
 *	profile_mark(&p, to);
 *	profile_add(&p, from, to, amounts);
 *
 * A mark is a place where the function may step.  Each is counted: whoever
 * takes an amount away again unmarks both its ends, and what is left is as if
 * it had never been there.
 *
 * Pure but for memory, and for one thing inside: the searches remember what
 * they found out about long runs (profile_runs.h), so two threads must not
 * search one profile at once.  No answer depends on that.
 */
#ifndef PLAN_PROFILE_H
#define PLAN_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PROFILE_KINDS = 16,	/* at most */
	PROFILE_LEAF = 64,	/* steps in a leaf, at most: a bit each in a word */
};

/* All instants and all lengths lie within; any two can be subtracted. */
#define PROFILE_START (-(INT64_C(1) << 61))
#define PROFILE_END (INT64_C(1) << 61)

struct profile_runs;

struct profile_node {
	int64_t wall;		/* where it begins; that never changes */
	int32_t left, right;	/* nodes; left < 0: right is the number of a leaf */
	uint8_t height;		/* 0: a leaf */
	uint8_t steps;		/* a leaf's */
};

struct profile {
	struct profile_node *node;	/* 0 is the root */
	int64_t *sum;		/* [node][3][kinds]: see profile_most() */
	int64_t *at;		/* [leaf][size]: where each step begins, ascending */
	uint32_t *marks;	/* [leaf][size]: how often it is marked */
	int64_t *load;		/* [leaf][kinds][size], without what the nodes add */
	struct profile_runs *runs;
	uint32_t kinds, size;
	int32_t nodes, leaves, node_room, leaf_room;
	uint32_t steps;		/* that are marked, in all leaves */
	int64_t top[PROFILE_KINDS];	/* what there is of each; no answer depends on it */
	/* A search that has read `calm` leaves looks for what former ones
	 * learnt; they learn once they read `patience` times all leaves. */
	uint8_t calm, patience;
};

/* size: steps in a leaf, 4 to PROFILE_LEAF.  -1: out of memory. */
int profile_init(struct profile *p, unsigned kinds, unsigned size);
/* to is uninitialised, and is left empty on failure. */
int profile_copy(struct profile *to, const struct profile *from);
void profile_free(struct profile *p);

/* Make sure of the memory for two marks.  -1: there is none; nothing changed. */
int profile_reserve(struct profile *p);
/* PROFILE_START <= t <= PROFILE_END. */
void profile_mark(struct profile *p, int64_t t);
void profile_unmark(struct profile *p, int64_t t);
/* Both ends are marked.  amount: of each kind; may be negative. */
void profile_add(struct profile *p, int64_t from, int64_t to, const int64_t *amount);
/* Make it smaller if many marks have gone; nothing happens without memory. */
void profile_tidy(struct profile *p);

/* What is taken at t and stays so until *to.  PROFILE_START <= t < PROFILE_END. */
void profile_at(const struct profile *p, int64_t t, int64_t *load, int64_t *to);

/*
 * The first *start, earliest <= *start <= latest, such that from it on, for
 * the duration, nothing exceeds its limit.  limit: of each kind; INT64_MAX:
 * none.  duration > 0, latest + duration <= PROFILE_END.
 */
bool profile_fit(const struct profile *p, const int64_t *limit, int64_t earliest, int64_t latest,
		 int64_t duration, int64_t *start);
/* The first instant in [from, to) at which something exceeds its limit. */
bool profile_over(const struct profile *p, const int64_t *limit, int64_t from, int64_t to,
		  int64_t *when);

#endif
