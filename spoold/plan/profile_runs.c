/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile_runs.h"

#include <stdlib.h>
#include <string.h>

enum {
	LENSES = 64,		/* a bit each in a word */
	LOW = 2,		/* nodes below this height are not worth remembering */
	USELESS = 32,		/* leaves that a search reads in spite of a lens */
};

/* What a node showed through a lens, and the limits in it at that time. */
struct view {
	struct profile_run run;
	int64_t here[];
};

struct lens {
	struct profile_limits limits;
	int64_t limit[PROFILE_KINDS];
	uint64_t used;		/* when last */
	uint64_t cost;		/* leaves read for want of it */
	char *view;		/* [place]: struct view with kinds of limits */
	int32_t room;
};

struct profile_runs {
	struct lens lens[LENSES];
	int lenses;
	uint64_t clock;		/* counts what is asked, to know what is used least */
	int32_t *place;		/* [node]: of its views; -1: none */
	uint64_t *valid;	/* [place]: a bit for each lens */
	int32_t nodes, places, place_room;
};

struct profile_runs *profile_runs_new(void)
{
	return calloc(1, sizeof(struct profile_runs));
}

void profile_runs_free(struct profile_runs *r)
{
	if (!r)
		return;
	for (int i = 0; i < r->lenses; i++)
		free(r->lens[i].view);
	free(r->place);
	free(r->valid);
	free(r);
}

void profile_runs_stale(const struct profile *p, int32_t node)
{
	const struct profile_runs *r = p->runs;

	if (node < r->nodes && r->place[node] >= 0)
		r->valid[r->place[node]] = 0;
}

/* --- lenses --------------------------------------------------------------------- */

static bool lens_is(const struct lens *s, const struct profile_limits *l, const int64_t *limit)
{
	return s->limits.kinds == l->kinds && !memcmp(s->limits.kind, l->kind, l->kinds) &&
	       !memcmp(s->limit, limit, l->kinds * sizeof *limit);
}

static int lens_find(const struct profile_runs *r, const struct profile_limits *l, const int64_t *limit)
{
	for (int i = 0; i < r->lenses; i++)
		if (lens_is(&r->lens[i], l, limit))
			return i;
	return -1;
}

/* A new one, perhaps instead of the one used least recently. */
static int lens_make(struct profile_runs *r, const struct profile_limits *l, const int64_t *limit)
{
	int i = 0;

	if (r->lenses < LENSES) {
		i = r->lenses++;
	} else {
		for (int k = 1; k < LENSES; k++)
			if (r->lens[k].used < r->lens[i].used)
				i = k;
		for (int32_t k = 0; k < r->places; k++)
			r->valid[k] &= ~(UINT64_C(1) << i);
		free(r->lens[i].view);
	}
	r->lens[i] = (struct lens){ .limits = *l };
	memcpy(r->lens[i].limit, limit, l->kinds * sizeof *limit);
	return i;
}

/* It is worth its making once the searches have cost as much without it. */
static bool lens_is_due(const struct profile *p, const struct lens *s)
{
	return s->cost >= (uint64_t)p->leaves * p->patience;
}

/* Keep the three highest bits. */
static int64_t round_down(int64_t x)
{
	int drop = x > 7 ? 61 - __builtin_clzll((unsigned long long)x) : 0;

	return x >> drop << drop;
}

/*
 * Raise the limits to those that others like them get, too: what is wanted
 * (the distance to what there is) is rounded down, and a kind that is not
 * scarce at any time is left out.
 */
static void generalise(const struct profile *p, const struct profile_limits *l, const int64_t *limit,
		       struct profile_limits *to, int64_t *raised)
{
	to->kinds = 0;
	for (unsigned j = 0; j < l->kinds; j++) {
		unsigned k = l->kind[j];
		int64_t top = p->top[k];

		if (profile_most(p, 0)[k] + profile_added(p, 0)[k] <= limit[j])
			continue;
		to->kind[to->kinds] = l->kind[j];
		raised[to->kinds++] = limit[j] < top ? top - round_down(top - limit[j]) : limit[j];
	}
}

/* How much of what the limits ask for the lens asks for, too: for each kind up
 * to 1.  Negative: it asks for more of something, and is of no use. */
static double likeness(const struct profile *p, const struct lens *s, const struct profile_limits *l,
		       const int64_t *limit)
{
	double sum = 0;
	unsigned i = 0;

	for (unsigned j = 0; j < l->kinds && i < s->limits.kinds; j++) {
		int64_t top = p->top[l->kind[j]];

		if (s->limits.kind[i] != l->kind[j])
			continue;
		if (s->limit[i] < limit[j])
			return -1;
		sum += s->limit[i] == limit[j] ? 1 :
			(double)(top - s->limit[i]) / (double)(top - limit[j]);
		i++;
	}
	return i == s->limits.kinds ? sum : -1;
}

int profile_runs_lens(const struct profile *p, const struct profile_limits *l, const int64_t *limit)
{
	struct profile_runs *r = p->runs;
	double most = 0, like;
	int lens = -1;

	for (int i = 0; i < r->lenses; i++) {
		if (!lens_is_due(p, &r->lens[i]))
			continue;
		like = likeness(p, &r->lens[i], l, limit);
		if (like > most) {
			most = like;
			lens = i;
		}
	}
	if (lens >= 0)
		r->lens[lens].used = ++r->clock;
	return lens;
}

void profile_runs_cost(const struct profile *p, const struct profile_limits *l, const int64_t *limit,
		       int lens, unsigned leaves)
{
	struct profile_runs *r = p->runs;
	struct profile_limits general;
	int64_t raised[PROFILE_KINDS];
	int worth;

	if (lens >= 0 && leaves < USELESS)
		return;
	generalise(p, l, limit, &general, raised);
	worth = lens_find(r, &general, raised);
	if (worth >= 0 && worth == lens)
		worth = lens_find(r, l, limit);
	else
		l = &general, limit = raised;
	if (worth < 0)
		worth = lens_make(r, l, limit);
	r->lens[worth].used = ++r->clock;
	r->lens[worth].cost += leaves;
}

/* --- views ------------------------------------------------------------------------ */

static size_t view_size(const struct lens *s)
{
	return sizeof(struct view) + s->limits.kinds * sizeof(int64_t);
}

static bool grow(void *array, int32_t n, size_t each)
{
	void *more = realloc(*(void **)array, (size_t)n * each);

	if (!more)
		return false;
	*(void **)array = more;
	return true;
}

/* Where the node's views are; -1: there is no memory for them. */
static int32_t place_of(const struct profile *p, int32_t node)
{
	struct profile_runs *r = p->runs;

	if (node >= r->nodes) {
		if (!grow(&r->place, p->node_room, sizeof *r->place))
			return -1;
		for (; r->nodes < p->node_room; r->nodes++)
			r->place[r->nodes] = -1;
	}
	if (r->place[node] < 0) {
		if (r->places == r->place_room) {
			if (!grow(&r->valid, 2 * r->places + 8, sizeof *r->valid))
				return -1;
			r->place_room = 2 * r->places + 8;
		}
		r->valid[r->places] = 0;
		r->place[node] = r->places++;
	}
	return r->place[node];
}

/* NULL: there is no memory for it. */
static struct view *view_of(const struct profile *p, struct lens *s, int32_t place)
{
	if (place < 0)
		return NULL;
	if (place >= s->room) {
		if (!grow(&s->view, p->runs->place_room, view_size(s)))
			return NULL;
		s->room = p->runs->place_room;
	}
	return (struct view *)(s->view + (size_t)place * view_size(s));
}

static struct profile_run leaf_run(const struct profile *p, int32_t n, int64_t end,
				   const struct profile_limits *l, const int64_t *here)
{
	const int64_t *at = profile_leaf_at(p, p->node[n].right);
	uint64_t bad = profile_bad_steps(p, n, l, here), all = profile_all_steps(p, n);
	struct profile_run run = { 0 };

	/* From each good step that follows a bad one to the next bad one. */
	for (uint64_t first = ~bad & (bad << 1 | 1) & all; first; first &= first - 1) {
		unsigned i = (unsigned)__builtin_ctzll(first);
		uint64_t next = bad & ~UINT64_C(0) << i;
		int64_t length = (next ? at[__builtin_ctzll(next)] : end) - at[i];

		run.best = length > run.best ? length : run.best;
		if (i == 0)
			run.before = length;
		if (!next)
			run.behind = length;
	}
	return run;
}

static struct profile_run look(const struct profile *p, int lens, int32_t n, int64_t end,
			       const int64_t *here);

/* The same for a node of which only the limits above it are known. */
static struct profile_run look_below(const struct profile *p, int lens, int32_t n, int64_t end,
				     const int64_t *above)
{
	const struct profile_limits *l = &p->runs->lens[lens].limits;
	int64_t here[PROFILE_KINDS], span = end - p->node[n].wall;

	switch (profile_judge(p, n, l, above, here)) {
	case PROFILE_WITHIN:
		return (struct profile_run){ span, span, span };
	case PROFILE_BEYOND:
		return (struct profile_run){ 0 };
	default:
		return look(p, lens, n, end, here);
	}
}

static struct profile_run join(const struct profile_run *a, int64_t a_span, const struct profile_run *b,
			       int64_t b_span)
{
	struct profile_run run = {
		.best = a->best > b->best ? a->best : b->best,
		.before = a->before == a_span ? a_span + b->before : a->before,
		.behind = b->behind == b_span ? b_span + a->behind : b->behind,
	};

	if (a->behind + b->before > run.best)
		run.best = a->behind + b->before;
	return run;
}

static struct profile_run look(const struct profile *p, int lens, int32_t n, int64_t end,
			       const int64_t *here)
{
	struct profile_runs *r = p->runs;
	struct lens *s = &r->lens[lens];
	const struct profile_node *x = &p->node[n];
	size_t limits = s->limits.kinds * sizeof *here;
	struct profile_run a, b;
	struct view *v = NULL;
	int32_t place = -1;
	int64_t middle;

	if (x->left < 0)
		return leaf_run(p, n, end, &s->limits, here);
	if (x->height >= LOW)
		v = view_of(p, s, place = place_of(p, n));
	if (v && r->valid[place] >> lens & 1 && !memcmp(v->here, here, limits))
		return v->run;
	middle = p->node[x->right].wall;
	a = look_below(p, lens, x->left, middle, here);
	b = look_below(p, lens, x->right, end, here);
	a = join(&a, middle - x->wall, &b, end - middle);
	if (x->height >= LOW && (v = view_of(p, s, place))) {	/* it may have moved */
		v->run = a;
		memcpy(v->here, here, limits);
		r->valid[place] |= UINT64_C(1) << lens;
	}
	return a;
}

struct profile_run profile_runs_of(const struct profile *p, int lens, int32_t node, int64_t end,
				   const struct profile_limits *l, const int64_t *asked,
				   const int64_t *here)
{
	const struct lens *s = &p->runs->lens[lens];
	int64_t through[PROFILE_KINDS] = { 0 };
	unsigned i = 0;

	for (unsigned j = 0; j < l->kinds && i < s->limits.kinds; j++)
		if (l->kind[j] == s->limits.kind[i]) {
			through[i] = here[j] + s->limit[i] - asked[j];
			i++;
		}
	return look(p, lens, node, end, through);
}
