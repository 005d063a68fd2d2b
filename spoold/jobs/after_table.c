/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "after_part.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

static uint32_t home(const struct afters *a, const struct uuid *id)
{
	uint32_t h;

	memcpy(&h, id->b + 12, sizeof h);
	return h & (a->slots - 1);
}

static uint32_t find_slot(const struct afters *a, const struct uuid *id)
{
	uint32_t i = home(a, id);

	while (a->slot[i] && uuid_cmp(&a->node[a->slot[i] - 1].id, id))
		i = (i + 1) & (a->slots - 1);
	return i;
}

uint32_t after_node_find(const struct afters *a, const struct uuid *id)
{
	return a->slots && a->slot[find_slot(a, id)] ? a->slot[find_slot(a, id)] - 1 : NO_EDGE;
}

static bool grow_nodes(struct afters *a)
{
	uint32_t cap = a->node_cap ? a->node_cap * 2 : 64, *slot;
	struct after_node *more;

	if (a->free_node || a->used_nodes < a->node_cap)
		return true;
	more = realloc(a->node, cap * sizeof *more);
	if (more)
		a->node = more;
	slot = calloc(cap * 2, sizeof *slot);
	if (!more || !slot) {
		free(slot);
		return false;
	}
	free(a->slot);
	a->slot = slot;
	a->slots = cap * 2;
	a->node_cap = cap;
	for (uint32_t i = 0; i < a->used_nodes; i++)
		a->slot[find_slot(a, &a->node[i].id)] = i + 1;
	return true;
}

/* No node is free when the table grows, so all that were used are in it. */
static uint32_t node_of(struct afters *a, const struct uuid *id)
{
	uint32_t n = after_node_find(a, id);

	if (n != NO_EDGE)
		return n;
	if (!grow_nodes(a))
		return NO_EDGE;
	n = a->free_node ? a->free_node - 1 : a->used_nodes++;
	if (a->free_node)
		a->free_node = a->node[n].next_free;
	a->node[n] = (struct after_node){ .id = *id, .first = NO_EDGE };
	a->slot[find_slot(a, id)] = n + 1;
	a->nodes++;
	return n;
}

static void forget_node(struct afters *a, uint32_t n)
{
	uint32_t mask = a->slots - 1, hole = find_slot(a, &a->node[n].id), i = hole;

	while (a->slot[i = (i + 1) & mask])
		if (((i - home(a, &a->node[a->slot[i] - 1].id)) & mask) >= ((i - hole) & mask)) {
			a->slot[hole] = a->slot[i];
			hole = i;
		}
	a->slot[hole] = 0;
	a->node[n].next_free = a->free_node;
	a->free_node = n + 1;
	a->nodes--;
}

static bool grow_edges(struct afters *a)
{
	uint32_t cap = a->edge_cap ? a->edge_cap * 2 : 64;
	struct after_edge *more;

	if (a->free_edge || a->edges < a->edge_cap)
		return true;
	more = realloc(a->edge, cap * sizeof *more);
	if (!more)
		return false;
	a->edge = more;
	a->edge_cap = cap;
	return true;
}

bool after_edge_add(struct afters *a, uint32_t job, uint32_t *of_job, const struct uuid *id, uint8_t when)
{
	uint32_t node, e;

	if (!grow_edges(a) || (node = node_of(a, id)) == NO_EDGE)
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
	free(a->slot);
	free(a->end);
	*a = (struct afters){ 0 };
}
