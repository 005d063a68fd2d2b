/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refresh - what the spool's files say, into the index: of the jobs that were
 * marked, or of all.
 *
 * A mark only says where to look; what the files hold at that moment is what the
 * index gets.  A job whose file cannot be read stays as it was known; only one that
 * is in no phase is forgotten.  For one thread.
 *
 *	struct refresh r = { .view = v, .facts = FACTS_INIT };
 *	refresh_first(&r);			names alone
 *	refresh_later(&r, &id);  r.all = true;	at any time
 *	refresh_now(&r);
 *	refresh_free(&r);
 */
#ifndef SPOOLFS_REFRESH_H
#define SPOOLFS_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "facts.h"

struct view;

struct refresh {
	struct view *view;
	struct facts facts;
	uint8_t round;		/* of the last scan */
	struct uuid *dirty;	/* jobs to look at */
	size_t n, cap;
	bool all;		/* ... or rather all of them */
};

/* The first scan takes names and phases; files are read later, by index_load_all(). */
void refresh_first(struct refresh *r);
/* This job is to be looked at.  Without memory all are. */
void refresh_later(struct refresh *r, const struct uuid *id);
/* Look at what is marked. */
void refresh_now(struct refresh *r);
/* What the hub says of this shape, now. */
void refresh_shape(struct refresh *r, const char *shape);
void refresh_free(struct refresh *r);

#endif
