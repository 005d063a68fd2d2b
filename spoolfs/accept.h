/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * accept - choosing one of the offers that a job has.
 *
 *	echo 2 > jobs/ID/accept			or `best`
 *	mv jobs/ID/offers/2.yaml jobs/ID/accepted/
 *
 * Either drops a command into SPOOL/inbox/ in the caller's name, which says the
 * attempt that it means, and waits a while for the hub to take or refuse it.
 * The errno of a refusal is the hub's; its sentence can be read back from
 * jobs/ID/accept, and as user.spool.reason, for an hour.  Without a hub, or
 * with one that is slow, the command stays in inbox/ and the call succeeds:
 * it was asked, and what was said to be so far stands in jobs/ID/accept.
 */
#ifndef SPOOLFS_ACCEPT_H
#define SPOOLFS_ACCEPT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "draft.h"

struct view;
struct said;

/* What was answered lately, by job.  Has its own lock. */
struct accepts {
	pthread_mutex_t lock;
	struct said *first;	/* newest first */
	unsigned count;
};

void accepts_init(struct accepts *a);
void accepts_free(struct accepts *a);

/* words: what was written, "2" or "best", with blanks around it.  ino: anything
 * in jobs/ID/.  0, or an errno.  May take some seconds. */
int accept_words(struct view *v, const struct author *a, uint64_t ino, const char *words, size_t len);
/* name: of the offer's file, "2.yaml". */
int accept_file(struct view *v, const struct author *a, uint64_t ino, const char *name);
/* Append what `accept` says; false: nothing was answered lately, and a sentence
 * about how things are was appended. */
bool accept_text(struct view *v, uint64_t ino, struct buf *out);

/* The number in "2.yaml"; 0: no offer has such a name. */
unsigned offer_number(const char *name);
/* SPOOL/offers/STATE/ID.N.yaml, below the spool. */
enum { OFFER_PATH = 96 };
void offer_path(const struct uuid *id, unsigned number, const char *state, char out[OFFER_PATH]);
/* Call for each of a job's offers in this state, until it returns false. */
void offer_each(struct view *v, uint64_t ino, const char *state,
		bool (*call)(void *ctx, const char *name), void *ctx);

#endif
