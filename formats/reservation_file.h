/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reservation_file - the file of one reservation, reservations/PHASE/ID.yaml.
 *
 *	--- {reservation: 0193..., owner: 1000, user: ann, name: workshop, drop: w.yaml,
 *	     time: ..., source: ..., group: 100, bytes: 310}
 *	---
 *	(the document, byte for byte)
 *	--- {phase: active, time: ..., site: north, start: ..., duration: PT3H, every: P7D, expires: ...}
 *	--- {phase: active, time: ..., expires: ..., by: uid 1000}
 *	--- {broken: INSTANT, time: ..., text: ...}	the occurrence that begins then
 *	--- {held: INSTANT, time: ...}			it is there again
 *	--- {phase: released, time: ..., by: uid 1000}
 *
 * (The record is one line; it is broken here for the page.)  The last line with
 * a phase tells the phase; what it does not say again stays as it was.
 */
#ifndef FORMATS_RESERVATION_FILE_H
#define FORMATS_RESERVATION_FILE_H

#include "jobfile.h"
#include "reservation.h"

enum reservation_phase { RESERVATION_ACTIVE, RESERVATION_EXPIRED, RESERVATION_RELEASED, RESERVATION_PHASES };

const char *reservation_phase_name(enum reservation_phase p);

struct reservation_state {
	struct job_record record;
	enum reservation_phase phase;
	char site[65];
	struct slots slots;
	int64_t since;		/* time of the last line */
	int64_t lost[RESERVATION_OCCURRENCES];	/* beginnings of occurrences that were broken, */
	uint32_t losts;		/* and are not held again */
	const char *body;	/* the document, inside the text given */
	size_t body_len;
	size_t whole;		/* bytes up to the end of the last whole line */
};

/* The record and the document, as a new file begins. */
void reservation_file_begin(struct buf *b, const struct job_record *r, const char *body, size_t len);
/* The line of its placement, whole. */
void reservation_file_placed(struct buf *b, int64_t now, const char *site, const struct slots *s);
/* A torn last line is no error; a file without a whole line of its placement
 * is: it was never finished, err ENODATA. */
int reservation_file_read(const char *text, size_t len, struct reservation_state *st, struct diag *d);

#endif
