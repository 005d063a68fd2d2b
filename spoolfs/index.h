/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index - what is known of every job in the spool, in about 150 bytes each.
 *
 * "What is true", fed by the scan and the watch (notify.h), read by the
 * handlers.  At the start only ids and phases are known, from the names alone;
 * the rest is read from each file later, in the background or when somebody
 * asks (index_need).  Those that ask for lists by name, user or site wait until
 * all of it is there (index_wait).
 *
 * Locking: index_rdlock/wrlock around everything that says so.  A job is
 * copied out and looked at without the lock, as struct job holds no pointers;
 * its values are numbers, good only under the lock.
 *
 * What a change makes stale in the kernel's cache is noted in `stale` as it
 * happens; whoever changed takes the list and sends it after unlocking.  Only
 * what the kernel was told since the last time is noted (the `seen` bits, set
 * by the handlers under the read lock before they reply).
 */
#ifndef SPOOLFS_INDEX_H
#define SPOOLFS_INDEX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "events.h"
#include "facts.h"
#include "spool.h"
#include "stale.h"
#include "tree.h"
#include "value.h"

enum {
	JOB_SEEN_ENTRY = 1,	/* jobs/ID */
	JOB_SEEN_FILES = 2,	/* something in jobs/ID/ */
	JOB_SEEN_LINK = 4,	/* << enum by: by-X/VALUE/ID */
};

struct job {
	struct uuid id;
	uint32_t next;		/* in its bucket, or of the free ones */
	uint16_t gen, turn, edition;	/* see tree.h */
	uint8_t  phase;		/* the directory that its file lies in */
	uint8_t  shown;		/* what people are told; story.h */
	uint8_t  used;		/* 0: this number is free */
	uint8_t  loaded;	/* 0: only id and phase are known */
	uint8_t  mark;		/* the round of the last scan that met it */
	uint8_t  old;		/* it was there at the mount */
	uint8_t  offers;	/* the highest number of an offer that it ever had */
	uint8_t  archived;	/* it lies in an archive: see archives.h */
	uid_t    owner;
	uint32_t attempt;
	uint32_t version;	/* goes up with every hint: a load begun before is void */
	uint32_t value[LISTS];	/* numbers in index.by[]; 0: none */
	uint32_t reason;	/* number in index.reasons */
	struct { uint32_t prev, next; } list[LISTS];	/* of those with the same value */
	uint32_t request_len, status_len, log_len, why_len;
	int64_t  time, since;	/* instants */
	int64_t  mtime;		/* of the job file, nanoseconds */
	int64_t  why_mtime;	/* only in a copy by index_need(): of what `why` holds */
	int64_t  size;		/* of the job file */
};

struct index {
	pthread_rwlock_t lock;
	const struct spool *spool;
	struct job *job;	/* job[1] to job[n - 1] were used at some time */
	uint8_t *seen;		/* of each job: JOB_SEEN_*; the one thing readers write */
	uint32_t n, cap, free, live;
	uint32_t *bucket, buckets;
	struct values by[LISTS];
	struct values reasons;
	uint32_t phase_value[PHASES];	/* for ever */
	/* directories whose list of names changes: jobs/ and by-X/ */
	int64_t jobs_changed, by_changed[BYS];
	bool jobs_seen, by_seen[BYS];
	struct stale stale;
	struct events *events;	/* told of what happens; NULL: nobody is */
	int64_t begun;		/* nanoseconds since 1970 */

	pthread_mutex_t loading;	/* guards the two below */
	pthread_cond_t loaded;
	bool complete;		/* every job that the first scan found was loaded */
};

int index_init(struct index *ix, const struct spool *s, struct diag *d);
void index_free(struct index *ix);

void index_rdlock(struct index *ix);
void index_wrlock(struct index *ix);
void index_unlock(struct index *ix);

/* --- under either lock ---------------------------------------------------- */

/* NULL: no such job (any more). */
struct job *index_job(const struct index *ix, uint32_t number, uint16_t gen);
/* 0: not known. */
uint32_t index_find(const struct index *ix, const struct uuid *id);
uint64_t index_ino(const struct index *ix, const struct job *j, int kind);
/* The same for a copy of job `number`. */
uint64_t index_ino_of(uint32_t number, const struct job *j, int kind);
/* The shape that explains this job now; NULL: it has its own explanation. */
const struct value *index_shape(const struct index *ix, const struct job *j);
uint64_t index_value_ino(const struct index *ix, enum by by, uint32_t number);
/* Note that the kernel is being told of this.  Under the read lock, too. */
void index_see(const struct index *ix, const struct job *j, int bits);

/* --- under the write lock --------------------------------------------------- */

/* A job lies in that phase: add it, or move it.  0: out of memory. */
uint32_t index_put(struct index *ix, const struct uuid *id, enum phase phase);
/* Take over what was loaded. */
int index_apply(struct index *ix, uint32_t number, const struct facts *f);
/* run/why/SHAPE was read, or was not there (mtime 0). */
void index_explain(struct index *ix, const char *shape, const struct why *w);
void index_remove(struct index *ix, uint32_t number);
/* rmdir(2) succeeded: the job's inodes get new numbers. */
void index_turn(struct index *ix, uint32_t number);

/* --- without a lock ---------------------------------------------------------- */

/* Copy the job, loaded.  -1: errno ENOENT, it is not there (any more). */
int index_need(struct index *ix, uint32_t number, uint16_t gen, int see, struct job *out);
/* Append what `status` of a pending job says of its end beside what its file does. */
void index_eta(struct index *ix, uint32_t number, uint16_t gen, struct buf *out);
/* Load what the scan found; to be called in a thread of its own. */
void index_load_all(struct index *ix, const bool *stop);
/* Wait until that is done. */
void index_wait(struct index *ix);
void index_set_complete(struct index *ix);
/* Strictly growing, near the real time. */
int64_t index_clock(void);

#endif
