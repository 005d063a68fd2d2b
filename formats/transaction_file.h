/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transaction_file - the file of one transaction, transactions/PHASE/ID.yaml.
 *
 *	--- {transaction: 0193..., owner: 1000, user: ann, name: cluster, drop: c.yaml,
 *	     time: ..., source: ..., jobs: [0193..., 0193...], bytes: 530}
 *	---
 *	(the document, byte for byte)
 *	--- {member: 0193..., time: ..., waits: [{job: 0193..., when: ok}]}
 *	--- {phase: placed, time: ..., sites: [north, north], start: ...}
 *	--- {end: cancelled, time: ..., by: uid 1000}
 *	--- {phase: ended, time: ...}
 *
 * (The record is one line; it is broken here for the page.)  Pending until a
 * line says otherwise.  `jobs` and `sites` have the order of the document's
 * jobs; one that had gone before (`without: 0193...`) has the site "-".  `start`
 * is the instant that they were given, if it lay ahead; placed again, the last
 * such line counts.  `end` says how all that have not ended are to end.
 */
#ifndef FORMATS_TRANSACTION_FILE_H
#define FORMATS_TRANSACTION_FILE_H

#include "jobfile.h"
#include "transaction.h"

enum transaction_phase { TRANSACTION_PENDING, TRANSACTION_PLACED, TRANSACTION_ENDED, TRANSACTION_PHASES };

const char *transaction_phase_name(enum transaction_phase p);

struct transaction_member {
	struct uuid id;
	char site[65];			/* "": none yet, or it has none */
	bool gone;			/* it was cancelled alone, before the others were placed */
};

struct transaction_state {
	struct job_record record;
	enum transaction_phase phase;
	enum phase end;			/* in which the members are to end; PHASE_PENDING: none */
	char text[500];			/* and why */
	int64_t placed, start;		/* of the last such line; 0: none */
	struct transaction_member *member;	/* free(3) it */
	uint32_t members;
	const char *body;		/* the document, inside the text given */
	size_t body_len;
	size_t whole;			/* bytes up to the end of the last whole line */
};

void transaction_file_begin(struct buf *b, const struct job_record *r, const struct transaction_member *m,
			    uint32_t members, const char *body, size_t len);
/* A torn last line is no error; a torn record is: err ENODATA. */
int transaction_file_read(const char *text, size_t len, struct transaction_state *st, struct diag *d);

#endif
