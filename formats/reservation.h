/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reservation - a slot at one site, asked for by what it has to hold and when.
 *
 *	reservation:
 *	  name: workshop
 *	  resources: {compute: {min-cores: 16, min-memory: 64GiB}}
 *	  placement: {groups: [eu]}
 *	  time: {start: 2026-12-01T08:00Z/PT4H, duration: PT3H}
 *	  repeat: {every: P7D, times: 4}
 *	  access: group
 *
 * docs/spool-reservation.5 describes every field, reservation.schema.yaml says
 * the same to a schema validator.  Once placed, a slot is four numbers
 * (`struct slots`): nothing else decides when it is held.
 */
#ifndef FORMATS_RESERVATION_H
#define FORMATS_RESERVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "request.h"

enum { RESERVATION_OCCURRENCES = 1000 };	/* at most */

struct reservation_window {
	struct interval start;	/* when its first occurrence may begin; has_start: else from now on */
	bool has_start;
	int64_t duration;	/* of each occurrence; > 0 */
	int line;
};

enum reservation_access { ACCESS_OWNER, ACCESS_GROUP };

struct reservation {
	const char *name;	/* NULL: unnamed */
	struct request want;	/* its resources, and its placement without a reservation */
	struct reservation_window *window;
	uint32_t windows;	/* at least 1 */
	int64_t every;		/* 0: once; else not shorter than any duration */
	uint32_t times;		/* with every: 1..RESERVATION_OCCURRENCES; 0: see until */
	int64_t until;		/* with every, instead of times: none begins then or later */
	int64_t expires;	/* instant; 0: with its last occurrence */
	enum reservation_access access;
};

/* Lists and strings are put into t's arena. */
int reservation_read(struct tree *t, const struct node *root, struct reservation *r, struct diag *d);

/*
 * When a placed reservation is held: from start on for duration, and again
 * every `every`, as long as that begins before it expires; what has begun ends
 * then at the latest.  One that is not repeated is held until it expires, so
 * that to expire later is to be held longer.
 */
struct slots {
	int64_t start, duration;	/* duration > 0 */
	int64_t every;			/* 0: once */
	int64_t expires;		/* > start */
};

/* The slots of a reservation that begins then, in that of its windows. */
struct slots reservation_slots(const struct reservation *r, const struct reservation_window *w,
			       int64_t start);
/* How many occurrences: 0 where it expires before it begins; may be more than
 * RESERVATION_OCCURRENCES. */
int64_t slots_count(const struct slots *s);
/* The n-th of them, from 0: half open. */
void slots_nth(const struct slots *s, int64_t n, int64_t *from, int64_t *to);
/* The number of the first that ends after t; slots_count() if none does. */
int64_t slots_after(const struct slots *s, int64_t t);

#endif
