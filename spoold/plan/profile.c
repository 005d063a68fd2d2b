/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "profile_runs.h"
#include "profile_tree.h"

/* --- memory ----------------------------------------------------------------- */

static bool grow(void *array, size_t n, size_t each)
{
	void *more = realloc(*(void **)array, n * each);

	if (!more)
		return false;
	*(void **)array = more;
	return true;
}

/* Arrays that grew before another failed to are merely larger than they had to be. */
static int make_room(struct profile *p, int32_t nodes, int32_t leaves)
{
	if (nodes > p->node_room) {
		int32_t n = nodes + nodes / 2;

		if (!grow(&p->node, n, sizeof *p->node) ||
		    !grow(&p->sum, n, 3 * p->kinds * sizeof *p->sum))
			return -1;
		p->node_room = n;
	}
	if (leaves > p->leaf_room) {
		int32_t n = leaves + leaves / 2;

		if (!grow(&p->at, n, p->size * sizeof *p->at) ||
		    !grow(&p->marks, n, p->size * sizeof *p->marks) ||
		    !grow(&p->load, n, p->size * p->kinds * sizeof *p->load))
			return -1;
		p->leaf_room = n;
	}
	return 0;
}

/* One leaf, with one step that nobody marked and that stays for ever. */
static void make_empty(struct profile *p)
{
	p->nodes = p->leaves = 0;
	profile_new_node(p, PROFILE_START, p->leaves++, 1);
	profile_leaf_at(p, 0)[0] = PROFILE_START;
	profile_leaf_marks(p, 0)[0] = 0;
	for (unsigned k = 0; k < p->kinds; k++)
		*profile_leaf_load(p, 0, k) = 0;
	p->steps = 0;
}

int profile_init(struct profile *p, unsigned kinds, unsigned size)
{
	*p = (struct profile){ .kinds = kinds, .size = size, .calm = 4, .patience = 1 };
	p->runs = profile_runs_new();
	if (!p->runs || make_room(p, 1, 1) < 0) {
		profile_free(p);
		return -1;
	}
	make_empty(p);
	return 0;
}

int profile_copy(struct profile *to, const struct profile *from)
{
	size_t leaf = from->size;

	if (profile_init(to, from->kinds, from->size) < 0)
		return -1;
	if (make_room(to, from->nodes, from->leaves) < 0) {
		profile_free(to);
		return -1;
	}
	to->nodes = from->nodes;
	to->leaves = from->leaves;
	to->steps = from->steps;
	memcpy(to->top, from->top, sizeof to->top);
	to->calm = from->calm;
	to->patience = from->patience;
	memcpy(to->node, from->node, from->nodes * sizeof *to->node);
	memcpy(to->sum, from->sum, from->nodes * 3 * from->kinds * sizeof *to->sum);
	memcpy(to->at, from->at, from->leaves * leaf * sizeof *to->at);
	memcpy(to->marks, from->marks, from->leaves * leaf * sizeof *to->marks);
	memcpy(to->load, from->load, from->leaves * leaf * from->kinds * sizeof *to->load);
	return 0;
}

void profile_free(struct profile *p)
{
	free(p->node);
	free(p->sum);
	free(p->at);
	free(p->marks);
	free(p->load);
	profile_runs_free(p->runs);
	memset(p, 0, sizeof *p);
}

/* A mark splits one leaf at most: one leaf more, and two nodes. */
int profile_reserve(struct profile *p)
{
	return make_room(p, p->nodes + 4, p->leaves + 2);
}

/* --- making it smaller -------------------------------------------------------- */

/* Append the marked steps below n to the leaves of q, `fill` to each. */
static void gather(const struct profile *p, int32_t n, const int64_t *above, struct profile *q,
		   unsigned fill)
{
	const struct profile_node *x = &p->node[n];
	int64_t added[PROFILE_KINDS];

	for (unsigned k = 0; k < p->kinds; k++)
		added[k] = above[k] + profile_added(p, n)[k];
	if (x->left >= 0) {
		gather(p, x->left, added, q, fill);
		gather(p, x->right, added, q, fill);
		return;
	}
	for (unsigned i = 0; i < x->steps; i++) {
		int64_t at = profile_leaf_at(p, x->right)[i];
		uint32_t marks = profile_leaf_marks(p, x->right)[i];
		int32_t leaf = (int32_t)(q->steps / fill);
		unsigned to = q->steps % fill;

		if (!marks && at != PROFILE_START)
			continue;
		profile_leaf_at(q, leaf)[to] = at;
		profile_leaf_marks(q, leaf)[to] = marks;
		for (unsigned k = 0; k < p->kinds; k++)
			profile_leaf_load(q, leaf, k)[to] =
				added[k] + profile_leaf_load(p, x->right, k)[i];
		q->steps++;
	}
}

/* A balanced tree below n, over the leaves from first on. */
static void plant(struct profile *q, int32_t n, int32_t first, int32_t leaves, unsigned fill)
{
	int32_t half = leaves / 2, left, right;

	q->node[n].wall = profile_leaf_at(q, first)[0];
	q->node[n].right = first;
	if (leaves == 1) {
		uint32_t rest = q->steps - (uint32_t)first * fill;

		q->node[n].steps = (uint8_t)(rest < fill ? rest : fill);
		for (unsigned k = 0; k < q->kinds; k++)
			profile_leaf_sum(q, n, k);
		return;
	}
	left = profile_new_node(q, 0, 0, 0);
	right = profile_new_node(q, 0, 0, 0);
	q->node[n].left = left;
	q->node[n].right = right;
	plant(q, left, first, half, fill);
	plant(q, right, first + half, leaves - half, fill);
	profile_node_sum(q, n);
}

/* Leaves are never joined.  Once a quarter of their room would do, the tree is
 * built anew; as at least half of the steps have gone since the last time, or
 * since the leaves were split, that costs each of them no more than a few. */
void profile_tidy(struct profile *p)
{
	static const int64_t nothing[PROFILE_KINDS];
	unsigned fill = p->size * 3 / 4;
	int32_t leaves = (int32_t)(p->steps / fill) + 1;
	struct profile q;

	if (p->leaves < 8 || (uint64_t)p->steps * 4 >= (uint64_t)p->leaves * p->size)
		return;
	if (profile_init(&q, p->kinds, p->size) < 0)
		return;
	if (make_room(&q, 2 * leaves + 2, leaves + 1) < 0) {
		profile_free(&q);
		return;
	}
	memcpy(q.top, p->top, sizeof q.top);
	q.calm = p->calm;
	q.patience = p->patience;
	gather(p, 0, nothing, &q, fill);
	q.leaves = (int32_t)((q.steps + fill - 1) / fill);
	plant(&q, 0, 0, q.leaves, fill);
	q.steps = p->steps;
	profile_free(p);
	*p = q;
}
