/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile_runs.h"

#include <stdlib.h>
#include <string.h>

#include "profile_tree.h"

/* At `level` and above, something may be as long as this.  Both ascend. */
struct stair { int64_t level, length; };

enum { BEST = 8, SIDE = 6 };

struct stairs {
	uint8_t bests, befores, behinds;
	struct stair best[BEST], before[SIDE], behind[SIDE];
};

struct profile_runs {
	struct stairs *stairs[PROFILE_KINDS];	/* [node] each; made when first asked for */
	int32_t rooms[PROFILE_KINDS];	/* nodes in each of them */
	uint8_t *fresh;			/* [node]: a bit for each kind */
	uint8_t *visits;		/* [node]: by long searches since it changed */
	int32_t room;
};

/* --- lists of stairs ------------------------------------------------------------ */

/* While one is being made. */
struct list {
	unsigned n;
	struct stair s[2 * PROFILE_LEAF];
};

static int64_t look_up(const struct stair *s, unsigned n, int64_t level)
{
	int64_t length = 0;

	for (unsigned i = 0; i < n && s[i].level <= level; i++)
		length = s[i].length;
	return length;
}

/* Levels come in ascending order. */
static void append(struct list *l, int64_t level, int64_t length)
{
	if (!l->n || length > l->s[l->n - 1].length)
		l->s[l->n++] = (struct stair){ level, length };
}

/* Levels come in any order: what a lower level has already got is left out. */
static void insert(struct list *l, int64_t level, int64_t length)
{
	unsigned i = l->n, end;

	while (i && l->s[i - 1].level > level)
		i--;
	if (i && l->s[i - 1].length >= length)
		return;
	if (i && l->s[i - 1].level == level)
		i--;
	for (end = i; end < l->n && l->s[end].length <= length;)
		end++;
	memmove(l->s + i + 1, l->s + end, (l->n - end) * sizeof *l->s);
	l->s[i] = (struct stair){ level, length };
	l->n += 1 + i - end;
}

/* Join neighbours whose lengths differ by no more than the factor, from the
 * longest on; each group gets its lowest level and its longest length. */
static unsigned join(struct list *l, double factor, struct stair *out, unsigned room)
{
	unsigned groups = 0;

	for (unsigned i = l->n; i;) {
		struct stair group = l->s[--i];

		while (i && (double)l->s[i - 1].length * factor >= (double)group.length)
			group.level = l->s[--i].level;
		if (groups < room)
			out[room - 1 - groups] = group;
		groups++;
	}
	return groups;
}

/* As few joined as will do to find room. */
static unsigned squeeze(struct list *l, struct stair *out, unsigned room)
{
	double factor = 1.125;
	unsigned n = l->n;

	if (n <= room) {
		memcpy(out, l->s, n * sizeof *out);
		return n;
	}
	while ((n = join(l, factor, out, room)) > room)
		factor *= factor;
	memmove(out, out + room - n, n * sizeof *out);
	return n;
}

/* --- a leaf ----------------------------------------------------------------------- */

/* What has to be exceeded to end the run that began at from. */
struct open_run { int64_t level, from; };

static void leaf_best(const int64_t *at, const int64_t *load, unsigned n, int64_t end, struct list *l)
{
	struct open_run open[PROFILE_LEAF];
	unsigned depth = 0;

	for (unsigned i = 0; i < n; i++) {
		int64_t from = at[i];

		for (; depth && open[depth - 1].level <= load[i]; depth--) {
			if (open[depth - 1].level < load[i])
				insert(l, open[depth - 1].level, at[i] - open[depth - 1].from);
			from = open[depth - 1].from;
		}
		open[depth++] = (struct open_run){ load[i], from };
	}
	while (depth--)
		insert(l, open[depth].level, end - open[depth].from);
}

static void leaf_stairs(const struct profile *p, int32_t n, int64_t end, unsigned kind, struct stairs *s)
{
	unsigned steps = p->node[n].steps;
	const int64_t *at = profile_leaf_at(p, p->node[n].right);
	const int64_t *load = profile_leaf_load(p, p->node[n].right, kind);
	struct list best, before, behind;
	int64_t most = load[0];

	best.n = before.n = behind.n = 0;	leaf_best(at, load, steps, end, &best);
	for (unsigned i = 1; i <= steps; i++) {
		if (i < steps && load[i] <= most)
			continue;
		append(&before, most, (i < steps ? at[i] : end) - at[0]);
		most = i < steps ? load[i] : most;
	}
	most = load[steps - 1];
	for (unsigned i = steps; i-- > 0;) {
		if (i && load[i - 1] <= most)
			continue;
		append(&behind, most, end - at[i]);
		most = i ? load[i - 1] : most;
	}
	s->bests = (uint8_t)squeeze(&best, s->best, BEST);
	s->befores = (uint8_t)squeeze(&before, s->before, SIDE);
	s->behinds = (uint8_t)squeeze(&behind, s->behind, SIDE);
}

/* --- two nodes --------------------------------------------------------------------- */

/* One half of a node, as its parent sees it. */
struct half {
	const struct stairs *s;
	int64_t added, most, span;
};

/* From one side: the near half alone, until all of it will do; then all of it
 * and what the far half has on that side. */
static unsigned join_sides(const struct half *near, const struct stair *n, unsigned ns,
			   const struct half *far, const struct stair *f, unsigned fs, struct stair *out)
{
	struct list l;

	l.n = 0;
	for (unsigned i = 0; i < ns && n[i].level + near->added < near->most; i++)
		append(&l, n[i].level + near->added, n[i].length);
	append(&l, near->most, near->span + look_up(f, fs, near->most - far->added));
	for (unsigned i = 0; i < fs; i++)
		if (f[i].level + far->added > near->most)
			append(&l, f[i].level + far->added, near->span + f[i].length);
	return squeeze(&l, out, SIDE);
}

/* A staircase on which one goes up. */
struct climb { const struct stair *s; unsigned n; int64_t added, length; };

/* The best of either half, or what is behind in the left and before in the right. */
static unsigned join_bests(const struct half *a, const struct half *b, struct stair *out)
{
	struct climb c[4] = {
		{ a->s->best, a->s->bests, a->added }, { b->s->best, b->s->bests, b->added },
		{ a->s->behind, a->s->behinds, a->added }, { b->s->before, b->s->befores, b->added },
	};
	struct list l;

	l.n = 0;
	for (;;) {
		int64_t level = INT64_MAX, best;

		for (int i = 0; i < 4; i++)
			if (c[i].n && c[i].s->level + c[i].added < level)
				level = c[i].s->level + c[i].added;
		if (level == INT64_MAX)
			break;
		for (int i = 0; i < 4; i++)
			for (; c[i].n && c[i].s->level + c[i].added <= level; c[i].s++, c[i].n--)
				c[i].length = c[i].s->length;
		best = c[0].length > c[1].length ? c[0].length : c[1].length;
		append(&l, level, c[2].length + c[3].length > best ? c[2].length + c[3].length : best);
	}
	return squeeze(&l, out, BEST);
}

static struct stairs *stairs_of(const struct profile *p, int32_t n, unsigned kind)
{
	return &p->runs->stairs[kind][n];
}

static struct half half_of(const struct profile *p, int32_t n, int64_t end, unsigned kind)
{
	int64_t added = profile_added(p, n)[kind];

	return (struct half){ stairs_of(p, n, kind), added, profile_most(p, n)[kind] + added,
			      end - p->node[n].wall };
}

static void refresh(const struct profile *p, int32_t n, int64_t end, unsigned kind)
{
	const struct profile_node *x = &p->node[n];
	struct stairs *s = stairs_of(p, n, kind);
	struct half a, b;
	int64_t middle;

	if (p->runs->fresh[n] & 1u << kind)
		return;
	p->runs->fresh[n] |= (uint8_t)(1u << kind);
	if (x->left < 0) {
		leaf_stairs(p, n, end, kind, s);
		return;
	}
	middle = p->node[x->right].wall;
	refresh(p, x->left, middle, kind);
	refresh(p, x->right, end, kind);
	a = half_of(p, x->left, middle, kind);
	b = half_of(p, x->right, end, kind);
	s->bests = (uint8_t)join_bests(&a, &b, s->best);
	s->befores = (uint8_t)join_sides(&a, a.s->before, a.s->befores, &b, b.s->before, b.s->befores,
					 s->before);
	s->behinds = (uint8_t)join_sides(&b, b.s->behind, b.s->behinds, &a, a.s->behind, a.s->behinds,
					 s->behind);
}

/* --- what the others call ------------------------------------------------------------ */

struct profile_runs *profile_runs_new(void)
{
	return calloc(1, sizeof(struct profile_runs));
}

void profile_runs_free(struct profile_runs *r)
{
	if (!r)
		return;
	for (unsigned k = 0; k < PROFILE_KINDS; k++)
		free(r->stairs[k]);
	free(r->fresh);
	free(r->visits);
	free(r);
}

/* A new node has to start as one that nobody knows. */
static bool make_room(const struct profile *p, unsigned kind)
{
	struct profile_runs *r = p->runs;
	int32_t room = p->node_room;
	void *more;

	if (p->nodes > r->room) {
		if (!(more = realloc(r->fresh, (size_t)room)))
			return false;
		r->fresh = more;
		if (!(more = realloc(r->visits, (size_t)room)))
			return false;
		r->visits = more;
		memset(r->fresh + r->room, 0, (size_t)(room - r->room));
		memset(r->visits + r->room, 0, (size_t)(room - r->room));
		r->room = room;
	}
	if (p->nodes > r->rooms[kind]) {
		if (!(more = realloc(r->stairs[kind], (size_t)room * sizeof *r->stairs[kind])))
			return false;
		r->stairs[kind] = more;
		r->rooms[kind] = room;
	}
	return true;
}

void profile_runs_stale(const struct profile *p, int32_t node, const int64_t *amount)
{
	if (node >= p->runs->room)
		return;
	for (unsigned k = 0; k < p->kinds; k++)
		if (amount[k])
			p->runs->fresh[node] &= (uint8_t)~(1u << k);
	p->runs->visits[node] = 0;
}

bool profile_runs_ready(const struct profile *p, int32_t node, int64_t end, unsigned kind)
{
	struct profile_runs *r = p->runs;

	if (!make_room(p, kind))
		return false;
	if (r->fresh[node] & 1u << kind)
		return true;
	if (r->visits[node] < p->patience) {
		r->visits[node]++;
		return false;
	}
	refresh(p, node, end, kind);
	return true;
}

int64_t profile_runs_best(const struct profile *p, int32_t node, unsigned kind, int64_t level)
{
	const struct stairs *s = stairs_of(p, node, kind);

	return look_up(s->best, s->bests, level);
}

int64_t profile_runs_before(const struct profile *p, int32_t node, unsigned kind, int64_t level)
{
	const struct stairs *s = stairs_of(p, node, kind);

	return look_up(s->before, s->befores, level);
}
