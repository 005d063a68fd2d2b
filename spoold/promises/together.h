/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * together - when several jobs may start at one instant: only inside a window of each
 * of them, never in a gap between two.
 */
#ifndef SPOOLD_TOGETHER_H
#define SPOOLD_TOGETHER_H

#include "hub.h"
#include "plan/spans.h"

enum together { TOGETHER_NEVER, TOGETHER_OVER, TOGETHER_SOON };

/*
 * Of n jobs with these shapes, from now on.  out is empty before; the caller frees it.
 * NEVER: they have no instant in common; OVER: not any more.  -1: out of memory.
 * A start at one instant means that, until it is missed, or nothing else is left.
 */
int together_when(struct hub *h, const uint32_t *shape, uint32_t n, struct spans *out, struct diag *d);
/* How long a job of this shape takes that starts then, at least. */
int64_t together_length(const struct hub *h, const struct shape *s, int64_t start);
/* And at most, if it has room; 0: nothing is said. */
int64_t together_longest(const struct hub *h, const struct shape *s, int64_t start);

#endif
