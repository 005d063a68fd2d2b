/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place - the timeline of a site, with names for what it counts.
 *
 * Kinds are cores, memory, disk, GPUs of whatever type, and GPUs of each type
 * that the site has.  A GPU of a certain type counts twice: as one of its type
 * and as one of all; so one of any type is there if one of all is free.
 *
 * Every take names its holder, and whoever took something gives it back once:
 * place_give_back() clears the handle, and 0 is fine.  What cannot be kept any
 * more, as the place has less or a fact is in the way, is handed to the caller
 * (free(3) its entries), and is gone from the place: its handle is dead.
 *
 * A part of a place that was reserved is a place again (place_within).
 *
 * A site may give out cores and memory in flavours only: then what a job takes
 * is raised to one, for each replica of each of its compute resources.
 *
 * Pure, but for memory.  -1: *d says why, and nothing was changed.
 */
#ifndef PLAN_PLACE_H
#define PLAN_PLACE_H

#include "shape.h"
#include "site.h"
#include "timeline.h"

enum {
	PLACE_CORES, PLACE_MEMORY, PLACE_DISK, PLACE_GPUS,
	PLACE_TYPED,			/* the first of the types */
	PLACE_TYPES = TIMELINE_KINDS - PLACE_TYPED,
};

/* The lower it is the firmer; what was taken at one standing may be made firmer. */
enum place_standing {
	PLACE_FACT = TIMELINE_FACT,	/* it runs, or it is down */
	PLACE_AGREED,			/* a reservation, or a session whose start was agreed */
	PLACE_OFFERED,
	PLACE_QUEUED,			/* a site has it, and starts it when there is room */
	PLACE_PLANNED,			/* it waits, and this is when it may have its turn */
};

/* Whose it is; what the words and numbers mean is the caller's affair. */
enum { PLACE_WHATS = 8 };		/* what: less than this */
struct place_holder { uint8_t what, number; uint32_t index; };

struct place_take {
	uint64_t amount[TIMELINE_KINDS];
	int64_t from, to;
	uint8_t standing;
	uint64_t owner;			/* of equal standing the lesser is kept before the greater */
	struct place_holder holder;
};

/* A size in which a site gives out cores and memory. */
struct place_flavour { uint32_t cores; uint64_t memory; };

struct place {
	struct timeline line;		/* kinds 0: nothing is known of it yet */
	struct place_flavour *flavour;	/* the smallest first; none: as it is asked for */
	uint32_t flavours;
	char *type[PLACE_TYPES];
	uint32_t version;		/* another whenever something else may fit */
	uint32_t taken[PLACE_WHATS];	/* how many takes there are, by what their holder is */
};

/* Of an entry, for instance of one that was broken. */
struct place_holder place_holder(const struct timeline_entry *e);

/* All zeros is a place of which nothing is known, and in which nothing fits. */
void place_free(struct place *p);
static inline bool place_known(const struct place *p) { return p->line.kinds; }

/*
 * It has what the document says, and no more of cores and memory than it wants
 * to hold (`pull`).  Types of GPUs that are new become kinds; one that has
 * gone has a capacity of 0.  (Of more than PLACE_TYPES types the last are not
 * told apart from those of any type.)  What ended before `since` is left alone.
 */
int place_learn(struct place *p, const struct site_doc *doc, int64_t since, struct timeline_broken *b,
		struct diag *d);
/* An amount of `of`, between the two instants, as a place.  p is all zeros. */
int place_within(struct place *p, const struct place *of, const uint64_t *amount, int64_t from,
		 int64_t to, struct diag *d);

/* What a job of this shape takes here, at least: each part of it raised to the
 * smallest flavour that will do.  false: it can never have it. */
bool place_wish(const struct place *p, const struct shape *s, uint64_t amount[TIMELINE_KINDS]);
/* So much more than that: share 1 is the most that was stated (twice the
 * least, where that is not), or the largest flavour up to it; 0.5 half the way. */
bool place_wish_more(const struct place *p, const struct shape *s, double share,
		     uint64_t amount[TIMELINE_KINDS]);
/* What each replica of one part gets of that.  false: no flavour will do. */
bool place_wish_part(const struct place *p, const struct shape_part *c, double share, uint64_t *cores,
		     uint64_t *memory);
/* "cores", "memory", "disk", "GPUs", or the type. */
const char *place_kind(const struct place *p, unsigned kind);

/* As timeline_fit(). */
bool place_fit(const struct place *p, const uint64_t *amount, const struct timeline_window *w,
	       unsigned n, struct timeline_found *found);

/* 0: *h holds it; 1: it does not fit; -1.  Not for facts. */
int place_take(struct place *p, const struct place_take *k, timeline_handle *h, struct diag *d);
/* The same, but what is queued or planned then gives way if nothing else is in the
 * way: it is taken out, and is in *b (also when memory runs out, -1). */
int place_insist(struct place *p, const struct place_take *k, timeline_handle *h, struct timeline_broken *b,
		 struct diag *d);
/* It is so, whether it fits or not.  *h is what was taken for it before, or 0:
 * that is given back first.  -1: nothing is held for it any more, *h is 0. */
int place_impose(struct place *p, const struct place_take *k, timeline_handle *h,
		 struct timeline_broken *b, struct diag *d);
void place_give_back(struct place *p, timeline_handle *h);
/* It ends at `to`, earlier than was said; if that is before it begins, it goes. */
void place_end(struct place *p, timeline_handle *h, int64_t to);
/* Another standing, or another holder: an offer that was accepted is a job's. */
int place_firm(struct place *p, timeline_handle h, uint8_t standing, struct place_holder holder,
	       struct diag *d);

/* --- several at once ------------------------------------------------------------- */

/* One demand of several.  take.from and take.to are set by place_fit_all(). */
struct place_claim {
	struct place *place;
	struct place_take take;
	int64_t duration;		/* > 0 */
	timeline_handle handle;		/* when it is held */
};

/* Take all as they stand: 0; or none: 1, *which does not fit; -1. */
int place_take_all(struct place_claim *c, size_t n, size_t *which, struct diag *d);
void place_give_back_all(struct place_claim *c, size_t n);
/* The earliest common start from earliest to latest, with all of them taken
 * then: 0, *start; 1: there is none, nothing is taken; -1. */
int place_fit_all(struct place_claim *c, size_t n, int64_t earliest, int64_t latest, int64_t *start,
		  struct diag *d);

#endif
