/* SPDX-License-Identifier: GPL-2.0-or-later */
/* offer_files - the documents in offers/STATE/JOB.N.yaml. */
#ifndef SPOOLD_OFFER_FILES_H
#define SPOOLD_OFFER_FILES_H

#include "hub.h"
#include "plan/offer.h"

/* The request with what is offered before it, and why: offer_terms.c. */
int offer_file_write(struct hub *h, const struct offer *o, const struct offer_slot *s,
		     const char *auth, struct diag *d);
void offer_terms(struct hub *h, struct buf *b, const struct offer *o, const struct offer_slot *s,
		 const char *auth, const struct job_state *st);
/* From offers/IN/ to offers/STATE/.  A failure is logged: the job's file is the
 * truth, and the next start puts it right. */
void offer_file_move(struct hub *h, uint32_t job, uint32_t number, const char *in, const char *state);
/* 1; 0: not there; -1: that cannot be told now. */
int offer_file_lies(const struct hub *h, uint32_t job, uint32_t number, const char *state, struct diag *d);

#endif
