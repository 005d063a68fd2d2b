/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What after.c asks of after_table.c; not for others. */
#ifndef SPOOLD_AFTER_PART_H
#define SPOOLD_AFTER_PART_H

#include "after.h"

/* NO_EDGE: nobody waits for it. */
uint32_t after_node_find(const struct afters *a, const struct uuid *id);
/* of_job: 1 + its first edge, 0 without any.  False: out of memory. */
bool after_edge_add(struct afters *a, uint32_t job, uint32_t *of_job, const struct uuid *id, uint8_t when);
void after_edge_remove(struct afters *a, uint32_t edge, uint32_t *of_job);
bool after_end_add(struct afters *a, const struct uuid *id, enum phase phase);

#endif
