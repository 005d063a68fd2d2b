/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lifetime - persistent storage is released when its lifetime is over.
 *
 * What a job leaves in a persistent storage comes home to results/ID/NAME.
 * Storage with a lifetime, unless it is unmanaged, is removed so long after
 * the job's end, and the job's file says so; until then the job is not
 * archived.  results/.lifetimes/ID stands for a job with such storage, its mtime is
 * when to look next.  It is made before the job's end is on disk and removed
 * after the storage is, so nothing is forgotten; when there is nothing to do
 * for a job, the look does no harm.
 */
#ifndef SPOOLD_LIFETIME_H
#define SPOOLD_LIFETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "uuid.h"

struct hub;

/* A job whose storage is to be looked at. */
struct lifetime { int64_t due; struct uuid job; };
struct lifetimes {
	struct lifetime *item;		/* a heap, the soonest first */
	uint32_t count, cap;
};

/* Could a request with this text have such storage?  Cheap; may err on yes. */
bool lifetime_likely(const char *request, size_t len);
/* The job ends now with results: look at it again when the first lifetime is over. */
int lifetime_begin(struct hub *h, uint32_t job, struct diag *d);
/* Release what is due.  The instant to call again; INT64_MAX: no need. */
int64_t lifetime_tick(struct hub *h);
/* Has the job storage that still lives? */
bool lifetime_holds(const struct hub *h, const struct uuid *job);
/* At start. */
int lifetime_recover(struct hub *h, struct diag *d);
void lifetime_free(struct hub *h);

#endif
