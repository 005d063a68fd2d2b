/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jobfile - the file of one job: a record, the request, and what happened.
 *
 *	--- {job: 01939..., owner: 1000, user: ann, name: sqrt, drop: sqrt.yaml,
 *	     time: 2026-11-22T03:00:00.123Z, source: 1234-..., shape: 9f..., bytes: 210}
 *	---
 *	(the request, byte for byte)
 *	--- {phase: waiting, time: ..., site: north, attempt: 1, lease: ...}
 *	--- {phase: running, time: ..., site: north, attempt: 1}
 *	--- {phase: completed, time: ..., site: north, attempt: 1, exit: 0, wall: 1.25}
 *
 * (The record is one line; it is broken here for the page.)  Line documents
 * with `phase:` are transitions; others (`note:`, `command:`) are remarks.
 * Every transition names site and attempt, where it has them, so that the
 * last one alone tells the present state.
 */
#ifndef FORMATS_JOBFILE_H
#define FORMATS_JOBFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "diag.h"
#include "line.h"
#include "phase.h"
#include "uuid.h"

struct job_record {
	struct uuid id;
	uid_t    owner;
	char     user[64];	/* the owner's name when it was taken, or the number */
	char     name[256];	/* the request's name; "": it has none */
	char     drop[256];	/* name in inbox/ */
	char     source[80];	/* which drop it was: what was taken once is not taken twice */
	int64_t  time;		/* when it was taken */
	char     auth[160];	/* methods that a check accepted, with blanks between; "": none was asked */
	char     identity[256];	/* what the checks said */
	uint32_t retries;	/* further attempts that the request allows */
	uint32_t tasks;		/* it is an array of so many; 0: it is not */
	bool     task;		/* of the array whose id follows */
	struct uuid array;
	uint32_t index;		/* of that task */
	uint64_t shape;		/* hash of what placement looks at; see spoold/plan/shape.h */
	uint32_t group;		/* of the drop; reservations only */
	bool     member;	/* of the transaction whose id follows */
	struct uuid transaction;
};

struct job_state {
	struct job_record record;
	enum phase phase;	/* after the last whole transition; pending without any */
	int64_t  since;		/* time of that transition */
	char     site[65];	/* "" : none */
	uint32_t attempt;	/* 0: never assigned */
	int64_t  lease;		/* instant; 0: none */
	uint64_t message;	/* number of the message that assigned it; 0: none */
	/* Of the line that assigned it; 0: not said there. */
	int64_t  start;		/* agreed */
	int64_t  planned;	/* not agreed; at once, if nothing is said */
	int64_t  length;	/* microseconds */
	uint32_t cores;
	uint64_t memory;
	int64_t  began;		/* instant, by the site's clock, of this attempt; 0: not said */
	uint32_t failures;	/* attempts that ended in failure with `cause: job` */
	bool     held;		/* a `command: hold` without a later `command: release` */
	bool     waits;		/* for jobs that have to end first: the last line with `waits` names some */
	const char *waits_for;	/* as that line says it, inside the text given: "{job: ID, when: ok}, ..." */
	size_t   waits_len;
	bool     cancelling;	/* a `command: cancel` came after that transition */
	const char *body;	/* the request, inside the text given */
	size_t   body_len;
	int      body_line;	/* its first line in the file */
	size_t   whole;		/* bytes up to the end of the last whole line; less than
				 * the length: a torn end to be cut off */
};

/* The line that a file begins with: of a job, a reservation, a transaction.
 * Begun without its end; the caller may add more keys. */
void record_begin(struct buf *b, const char *kind, const struct job_record *r);
/* Begin to read such a file: *l is the first line, with the request as its body.
 * Lines follow by line_next(r, ...); line_close(r) in any case.  -1: err ENODATA
 * if it was never finished. */
int record_open(struct line_reader *r, const char *text, size_t len, const char *kind, struct line *l,
		struct job_record *record, struct diag *d);

/* The record and the request, as a new file begins.  Returns where in b the
 * request stands. */
size_t jobfile_begin(struct buf *b, const struct job_record *r, const char *body, size_t len);
/* Read it all back.  A torn last line is no error (see whole); a torn record
 * or request is: the file was never finished, err ENODATA. */
int jobfile_read(const char *text, size_t len, struct job_state *st, struct diag *d);

/* Walk the lines behind the request: jobfile_events(&r, text, len, d), then
 * line_next(&r, ...) until it is not 1, then line_close(&r). */
int jobfile_events(struct line_reader *r, const char *text, size_t len, struct diag *d);

#endif
