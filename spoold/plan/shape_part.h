/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shape_part - how the lists of a shape are made: copied into its arena, sorted, each
 * text once, so that the order in a request counts for nothing.
 */
#ifndef PLAN_SHAPE_PART_H
#define PLAN_SHAPE_PART_H

#include "shape.h"

/* False: out of memory, also below. */
bool shape_copy_list(struct tree *arena, const struct text_list *from, struct text_list *to);
/* The datasets, addresses and storage types that a site has to know, out of `storage`. */
bool shape_copy_storage(struct tree *arena, const struct request *r, struct shape *s);
/* What a task's spec names of software that has to be got ready. */
bool shape_copy_software(struct tree *arena, const struct request *r, struct shape *s);

#endif
