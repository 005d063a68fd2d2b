/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heard - which datasets the hub has heard of, so that it is told what has changed.
 *
 *	STATE/heard	lines, the newest last; only up to the last "=" they count
 *		+ DIGEST HASH	it has heard of this one, under names that hash so
 *		- DIGEST	that it is there no more
 *		= GENERATION	so far went the message that was shown
 *
 * It is appended to when a message has been shown, and not flushed: after a crash it
 * may tell of less than the hub has heard, and after a power cut of more.  Then the
 * hub sees a change of a generation that it does not know, and asks for the whole;
 * two changes never have the same generation, for it is made of the time.
 */
#ifndef AGENT_HEARD_H
#define AGENT_HEARD_H

#include "site.h"

struct heard_item { struct digest digest; uint64_t names; };
struct heard_list { struct heard_item *item; uint32_t count; };

struct heard {
	uint64_t generation;		/* 0: nothing, or nobody knows what */
	struct heard_list list;		/* by digest */
	uint32_t lines;			/* in the file, since it was written whole */
	bool dirty;			/* what it ends with is not to be appended to */
	uint64_t version;		/* the caller's, of what is as it was heard; 0: none */
	/* of the message that is being made */
	uint64_t next_version;
	uint64_t next;			/* 0: there is none */
	struct heard_list after;
	struct buf change;
};
#define HEARD_INIT { .change = BUF_INIT }

/* dir: STATE.  What cannot be read is as if nothing had been heard. */
void heard_open(struct heard *h, int dir);
void heard_free(struct heard *h);

/* Is this other than what was heard?  The order of the datasets counts for nothing. */
bool heard_differs(const struct heard *h, const struct site_dataset *set, uint32_t n);
/*
 * s->dataset, all of them, becomes what the hub has to hear: what has changed, or with
 * `whole`, or where it is not known what was heard, all.  s->cache says which.
 * now: an instant.  List and digests go into t.  -1: out of memory.
 */
int heard_news(struct heard *h, struct tree *t, struct site_doc *s, bool whole, int64_t now,
	       struct diag *d);
/* The message with the last heard_news() has been shown. */
void heard_shown(struct heard *h, int dir);

#endif
