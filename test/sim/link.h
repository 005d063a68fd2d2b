/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link - a site's line to the world, shared equally by what goes over it.
 *
 * Each of n transfers gets 1/n of the rate.  The line counts the bytes that
 * one transfer alone would have had since it began ("level"): a transfer is
 * done when the level has risen by its size, whoever came and went meanwhile.
 */
#ifndef SIM_LINK_H
#define SIM_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct link_item { double done; uint32_t transfer; };

struct link {
	double rate;			/* bytes/s */
	double now, level;
	double delivered, busy;		/* bytes that have arrived; seconds in which there was something */
	struct link_item *item;		/* a heap by the level at which they are done */
	uint32_t items, cap;
	uint32_t version;		/* grows when `link_next` changes */
};

/* Go on to that time. */
void link_advance(struct link *l, double now);
/* false: out of memory. */
bool link_add(struct link *l, double now, double bytes, uint32_t transfer);
/* When the first is done; INFINITY: there is none. */
double link_next(const struct link *l);
/* Take the first off; it is done. */
uint32_t link_take(struct link *l, double now);
void link_free(struct link *l);

#endif
