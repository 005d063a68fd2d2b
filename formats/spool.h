/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spool - the directory that is the broker.
 *
 *	inbox/  rejected/  jobs/PHASE/  offers/  reservations/PHASE/  transactions/PHASE/  sites/SITE/{down,up}/
 *	data/  results/ID/  accounting/  archive/  run/  config.yaml
 *
 * Invariants (docs/spool.5 has the state table):
 *  - a job's phase is the directory its file lies in; a transition appends
 *    one line to the file and then renames it;
 *  - names with a leading dot are unfinished and ignored by every scan;
 *  - nothing outside is told of a change before spool_flush() returned.
 *
 * A spool may be open in many processes for reading; one of them, spoold,
 * holds the lock in run/lock and is the only writer of everything but
 * inbox/ and the sites' up/.
 */
#ifndef FORMATS_SPOOL_H
#define FORMATS_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "diag.h"
#include "phase.h"
#include "uuid.h"

enum { SPOOL_READ = 0, SPOOL_LOCK = 1 };

struct spool {
	char *path;		/* absolute */
	int root;		/* directory descriptors, all O_CLOEXEC */
	int inbox, rejected, sites, data, results, run, run_sites, run_why;
	int jobs[PHASES];
	int reservations[3];	/* by enum reservation_phase */
	int transactions[3];	/* by enum transaction_phase */
	int lock;		/* -1: not locked */
};

/* "0190....-....yaml" and a NUL */
#define SPOOL_JOB_NAME 42

/* Make the directories and a commented config.yaml.  What exists is kept, so
 * it can be run again.  inbox/ gets mode 1733, the rest 0755, run/ 0755. */
int spool_init(const char *path, struct diag *d);
/* -1: no spool there, or (SPOOL_LOCK) another spoold has it: err EWOULDBLOCK.
 * With SPOOL_READ a descriptor is -1 where the reader may not look (inbox). */
int spool_open(struct spool *s, const char *path, int flags, struct diag *d);
void spool_close(struct spool *s);
/* inbox/ was removed: make it again if need be, and open it anew. */
int spool_reopen_inbox(struct spool *s, struct diag *d);
/* Everything written to the spool's file system so far is on disk when this
 * returns 0: one syncfs(2) for a whole batch. */
int spool_flush(const struct spool *s, struct diag *d);

/* Does a spoold hold the lock at this moment?  Looks without touching it; false
 * as well where the kernel does not tell us (another machine's spoold). */
bool spool_served(const struct spool *s);

void spool_job_name(const struct uuid *id, char name[SPOOL_JOB_NAME]);
/* ".yaml" names that are UUIDs; false for anything else. */
bool spool_job_id(const char *name, struct uuid *id);
/* The phase a job's file lies in now, looking in the likely places first;
 * -1: none has it (archived, or never seen). */
int spool_job_find(const struct spool *s, const struct uuid *id);

/*
 * Put something that cannot be taken out of the way: bytes to
 * rejected/NAME.yaml and the reason, with a newline, to rejected/NAME.reason;
 * a name in use gets a number behind it.  owner: who may read them, with mode
 * 0600, when we are root; out (may be NULL) gets the NAME.
 */
int spool_reject(const struct spool *s, const char *name, const void *bytes, size_t n,
		 uid_t owner, const char *reason, char out[256], struct diag *d);

/*
 * The same for a drop that lies in inbox/: whatever it is, a file, a FIFO or a
 * directory, it is moved to rejected/NAME.yaml without being read.  A crash in
 * between leaves a reason alone, and doing it again ends the same.  Only the
 * holder of the lock may call it.
 */
int spool_reject_drop(const struct spool *s, const char *name, uid_t owner, const char *reason,
		      char out[256], struct diag *d);

/* A site's name: FIELD_NAME's alphabet, at most 64 bytes. */
bool spool_site_name_ok(const char *name);
/* Make sites/NAME/{down,up} if missing.  down: 0755, up: 0755. */
int spool_site_make(const struct spool *s, const char *site, struct diag *d);

#endif
