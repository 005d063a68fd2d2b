/* SPDX-License-Identifier: GPL-2.0-or-later */
/* edge - the tables behind after.h. */
#ifndef SPOOLD_EDGE_H
#define SPOOLD_EDGE_H

#include <stdint.h>

#include "phase.h"
#include "uuid.h"

#define NO_EDGE UINT32_MAX

/* One job waits for another. */
struct after_edge {
	uint32_t node, job;
	uint32_t next, prev;		/* of this node; next: also the free list */
	uint32_t other;			/* the next edge of this job */
	uint8_t  when;			/* enum after_when */
};

/* A job that others wait for. */
struct after_node {
	struct uuid id;
	uint32_t first;			/* edge; NO_EDGE: nobody waits for it any more */
	uint32_t next_free;
};

struct after_end { struct uuid id; uint8_t phase; };

struct afters {
	struct after_edge *edge;
	uint32_t edges, edge_cap, free_edge;
	struct after_node *node;
	uint32_t nodes, node_cap, free_node, used_nodes;
	uint32_t *slot, slots;		/* nodes by id: 1 + index */
	struct after_end *end;		/* of jobs that others wait for, not looked at yet */
	uint32_t ends, end_cap;
};

#endif
