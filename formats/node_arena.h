/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node_arena - the memory under a tree; for the files that build trees only. */
#ifndef FORMATS_NODE_ARENA_H
#define FORMATS_NODE_ARENA_H

#include "node.h"

/* Forget the contents, keep one chunk for the next document. */
void arena_reset(struct tree *t);

#endif
