/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gang_extra - what a member's job needs and the document does not say: what
 * programs said of its `auth`, and the ids that its `after` meant.
 *
 * Both are found once, when the drop is taken, and stand in the transaction's
 * file, a line for each member that has them; so a member that a start has to
 * make is the same:
 *
 *	--- {member: ID, time: ..., auth: magic, identity: "CN=Ann", waits: [{job: ID, when: ok}]}
 */
#ifndef SPOOLD_GANG_EXTRA_H
#define SPOOLD_GANG_EXTRA_H

#include "gang_part.h"

struct gang_extra {
	char *auth, *identity;		/* as in a job's record; NULL: none */
	char *waits;			/* the list, as in a job's line; NULL: it waits for nobody */
};

/* Ask about all.  1: all is known; 0: not yet; -1: one is refused, or trouble. */
int gang_extra_auth(struct hub *h, const struct drop *p, const struct transaction *x, struct gang_extra *e,
		    struct diag *d);
int gang_extra_after(struct hub *h, const struct transaction *x, uint32_t owner, struct gang_extra *e,
		     struct diag *d);
/* To the text of a file that begins. */
void gang_extra_write(const struct hub *h, const struct gang_extra *e, const struct transaction_state *st,
		      struct buf *text);
/* And out of one. */
int gang_extra_read(const char *text, size_t len, const struct transaction_state *st, struct gang_extra *e,
		    struct diag *d);
void gang_extra_free(struct gang_extra *e, uint32_t n);

#endif
