/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names - the latest job of each name that somebody gave.
 *
 * Known are the jobs that have not ended, those that were taken since the
 * start, and those whose ends were read from accounting/ at the start.  When
 * that is not enough, the latest ended jobs that are not archived yet are read,
 * once.
 */
#ifndef SPOOLD_NAMES_H
#define SPOOLD_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uuid.h"

struct hub;

struct names {
	struct named { uint64_t hash; struct uuid id; } *slot;	/* hash 0: empty */
	uint32_t slots, count;
	bool ended_read;
};

/* The latest of a name is the one with the greatest id.  Without memory it is
 * not found by its name later. */
void names_note(struct hub *h, uint32_t owner, const char *name, const struct uuid *id);
bool names_find(struct hub *h, uint32_t owner, const char *name, struct uuid *id);
void names_free(struct names *n);

#endif
