/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prices - what use costs: in config.yaml for all sites and for one, and in
 * what a site says about itself.
 *
 *	prices: {core-hour: 0.02, memory-hour: 0.002, gpu-hour: 1.5, moved: 0.01, job: 0}
 *
 * In the spool's unit of money, whatever that is: for a core and an hour, a GiB
 * of memory and an hour, a GPU and an hour, a GiB moved to or from the site,
 * and for each attempt.  The same five numbers weigh use for fair share.
 */
#ifndef FORMATS_PRICES_H
#define FORMATS_PRICES_H

#include <stdbool.h>

#include "buf.h"
#include "diag.h"
#include "node.h"

struct prices { double core_hour, memory_hour, gpu_hour, moved, job; };	/* negative: not said */

#define PRICES_UNSAID { -1, -1, -1, -1, -1 }

/* Of a mapping, all of whose fields may be missing; NULL or nothing: none is
 * said.  What is not said keeps what *p holds. */
int prices_read(const struct node *map, struct prices *p, struct diag *d);
/* "{core-hour: 0.02}", what is said; nothing at all when nothing is. */
void prices_write(struct buf *b, const struct prices *p);
bool prices_any(const struct prices *p);

/* A number as short as can be read back the same, without an exponent from
 * 0.0001 up to 1e15; what is not finite, or is negative, becomes 0. */
void number_write(struct buf *b, double value);

#endif
