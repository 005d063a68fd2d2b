/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "after_part.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

uint32_t after_node_find(const struct afters *a, const struct uuid *id)
{
	uint32_t n, at = 0;

	while ((n = lookup_next(&a->by_id, uuid_hash(id), &at)) != NO_ITEM)
		if (!uuid_cmp(&a->node[n].id, id))
			return n;
	return NO_EDGE;
}

static uint32_t node_of(struct afters *a, const struct uuid *id)
{
	uint32_t n = after_node_find(a, id);

	if (n != NO_EDGE)
		return n;
	if (!lookup_reserve(&a->by_id) ||
	    (!a->free_node && !grow(&a->node, a->used_nodes, &a->node_cap, sizeof *a->node)))
		return NO_EDGE;
	n = a->free_node ? a->free_node - 1 : a->used_nodes++;
	if (a->free_node)
		a->free_node = a->node[n].next_free;
	a->node[n] = (struct after_node){ .id = *id, .first = NO_EDGE };
	lookup_add(&a->by_id, uuid_hash(id), n);
	a->nodes++;
	return n;
}

static void forget_node(struct afters *a, uint32_t n)
{
	lookup_remove(&a->by_id, uuid_hash(&a->node[n].id), n);
	a->node[n].next_free = a->free_node;
	a->free_node = n + 1;
	a->nodes--;
}

bool after_edge_add(struct afters *a, uint32_t job, uint32_t *of_job, const struct uuid *id, uint8_t when)
{
	uint32_t node, e;

	if ((!a->free_edge && !grow(&a->edge, a->edges, &a->edge_cap, sizeof *a->edge)) ||
	    (node = node_of(a, id)) == NO_EDGE)
		return false;
	e = a->free_edge ? a->free_edge - 1 : a->edges++;
	if (a->free_edge)
		a->free_edge = a->edge[e].next;
	a->edge[e] = (struct after_edge){ .node = node, .job = job, .when = when, .prev = NO_EDGE,
					  .next = a->node[node].first,
					  .other = *of_job ? *of_job - 1 : NO_EDGE };
	if (a->node[node].first != NO_EDGE)
		a->edge[a->node[node].first].prev = e;
	a->node[node].first = e;
	*of_job = e + 1;
	return true;
}

void after_edge_remove(struct afters *a, uint32_t e, uint32_t *of_job)
{
	struct after_edge *x = &a->edge[e];

	if (*of_job == e + 1) {
		*of_job = x->other == NO_EDGE ? 0 : x->other + 1;
	} else {
		uint32_t before = *of_job - 1;

		while (a->edge[before].other != e)
			before = a->edge[before].other;
		a->edge[before].other = x->other;
	}
	if (x->prev != NO_EDGE)
		a->edge[x->prev].next = x->next;
	else
		a->node[x->node].first = x->next;
	if (x->next != NO_EDGE)
		a->edge[x->next].prev = x->prev;
	if (a->node[x->node].first == NO_EDGE)
		forget_node(a, x->node);
	x->next = a->free_edge;
	a->free_edge = e + 1;
}

bool after_end_add(struct afters *a, const struct uuid *id, enum phase phase)
{
	if (!grow(&a->end, a->ends, &a->end_cap, sizeof *a->end))
		return false;
	a->end[a->ends++] = (struct after_end){ *id, (uint8_t)phase };
	return true;
}

void after_free(struct afters *a)
{
	free(a->edge);
	free(a->node);
	lookup_free(&a->by_id);
	free(a->end);
	*a = (struct afters){ 0 };
}
