/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch_pile - hints of watch.h, piled up by tag until somebody takes them.
 * Private to watch.c, which does the locking.
 *
 * However many events arrive, what is kept is bounded: one record for each tag
 * that was ever used, and WATCH_NAMES_MAX names in it.  Running out of memory
 * becomes "names lost" or "look at everything", never an error.
 */
#ifndef FORMATS_WATCH_PILE_H
#define FORMATS_WATCH_PILE_H

#include "buf.h"
#include "watch.h"

struct watch_pile {
	struct watch_topic **topic;	/* by tag, ascending */
	int n, cap;
	struct watch_topic *first, **tail;	/* those with hints, oldest first */
	bool overflow, ended;
	struct buf text;		/* the names last taken ... */
	const char **list;		/* ... and where each begins */
	size_t list_cap;
};

void watch_pile_init(struct watch_pile *p);
void watch_pile_free(struct watch_pile *p);

/* The record of a tag, made if need be; NULL: no memory.  Stays until forgotten. */
struct watch_topic *watch_pile_topic(struct watch_pile *p, int tag);
void watch_pile_forget(struct watch_pile *p, int tag);

/* name may be NULL or "".  Every one of these makes the pile not empty. */
void watch_pile_event(struct watch_pile *p, struct watch_topic *t, uint32_t events,
		      const char *name);
void watch_pile_gone(struct watch_pile *p, struct watch_topic *t);
void watch_pile_overflow(struct watch_pile *p);
void watch_pile_ended(struct watch_pile *p);

bool watch_pile_empty(const struct watch_pile *p);
int watch_pile_take(struct watch_pile *p, struct watch_hint *out, int max);

#endif
