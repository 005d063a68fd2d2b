/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * draft - what is being written into inbox/, until it is whole.
 *
 *	(writing) --close, valid--> SPOOL/inbox/NAME --spoold takes it--> gone
 *	    |  \--close, not valid--> refused: rejected/NAME.yaml, .reason
 *	    \--close under a temporary name--> kept, until it is renamed or removed
 *
 * A draft lives in memory alone; nothing of it is in the spool before it was
 * found valid, and then all of it is, by one rename(2), owned by its author.
 * Names that editors and rsync use on the way (drop_name_temporary) are never
 * looked into; renaming one to an ordinary name is what submits it.
 *
 * What is in SPOOL/inbox already and not yet taken shows under the same
 * directory; these functions treat both as one.  The kernel has checked the
 * caller's rights on what draft_stat() tells.
 *
 * All return 0 or an errno.  Has its own lock.
 */
#ifndef SPOOLFS_DRAFT_H
#define SPOOLFS_DRAFT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "buf.h"
#include "spool.h"

struct draft;

struct drafts {
	pthread_mutex_t lock;
	struct draft *first;
	const struct spool *spool;
	bool root;		/* may give files away */
	time_t swept;
};

/* Who asks. */
struct author { uid_t uid; gid_t gid; pid_t pid; };

void drafts_init(struct drafts *ds, const struct spool *s);
void drafts_free(struct drafts *ds);

/* --- by name ------------------------------------------------------------------ */

int draft_stat(struct drafts *ds, const char *name, struct stat *st);
/* Call for each name with its type, until it returns false. */
void draft_each(struct drafts *ds, bool (*call)(void *ctx, const char *name), void *ctx);
/* Open for writing; create: it has to be new.  truncate: what was there is not wanted. */
int draft_open(struct drafts *ds, const struct author *a, const char *name, bool create,
	       mode_t mode, bool truncate, struct draft **out);
int draft_rename(struct drafts *ds, const struct author *a, const char *from, const char *to,
		 unsigned flags);
int draft_unlink(struct drafts *ds, const char *name);
/* Append why the last document of this name was refused; false: it was not. */
bool draft_reason(struct drafts *ds, const char *name, struct buf *out);
/* Open for reading: either the draft, or a descriptor of the real file. */
int draft_open_read(struct drafts *ds, const char *name, struct draft **out, int *fd);
/* chown, utimens; size only of a draft.  to_set: FUSE_SET_ATTR_*. */
int draft_setattr(struct drafts *ds, const char *name, struct draft *open, const struct stat *st,
		  int to_set);

/* --- by open file --------------------------------------------------------------- */

/* ino: what the kernel knows it by, to see who else has it open. */
void draft_opened(struct draft *d, uint64_t ino);
int draft_write(struct drafts *ds, struct draft *d, const void *bytes, size_t n, off_t off);
/* Append at most n bytes from off to out. */
int draft_read(struct drafts *ds, struct draft *d, size_t n, off_t off, struct buf *out);
void draft_fstat(struct drafts *ds, struct draft *d, struct stat *st);
/* At each close(2): if it was the last one, submit. */
int draft_flush(struct drafts *ds, struct draft *d, const struct author *a);
/* fsync(2): the spool has it on disk when it is submitted. */
int draft_sync(struct drafts *ds, struct draft *d);
void draft_release(struct drafts *ds, struct draft *d);

/* --- below them (submit.c) --------------------------------------------------------- */

/* Is this a document that the hub can take?  -1: *diag says what is wrong. */
int submit_check(const char *name, const char *text, size_t len, struct diag *diag);
/* Put it into SPOOL/inbox/ as a's, replacing only a's own.  0, or an errno. */
int submit_publish(const struct spool *s, bool root, const struct author *a, const char *name,
		   const char *text, size_t len, bool sync);
/* The same into another directory that is like inbox/. */
int submit_publish_at(int dir, bool root, const struct author *a, const char *name,
		      const char *text, size_t len, bool sync);
/* Keep what cannot be taken in rejected/; reason as one sentence. */
void submit_refuse(const struct spool *s, const struct author *a, const char *name,
		   const char *text, size_t len, const char *reason);
/* Remove what a killed spoolfs left in SPOOL/inbox/ under hidden names. */
void submit_clean(const struct spool *s);
/* Does this process have the file open for writing?  -1: cannot be said. */
int submit_holds(pid_t pid, uint64_t ino);

#endif
