/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * draft_part - what the parts of draft.h share among themselves.
 *
 * Everything here is called with the lock of the drafts held.
 */
#ifndef SPOOLFS_DRAFT_PART_H
#define SPOOLFS_DRAFT_PART_H

#include <time.h>

#include "draft.h"

struct draft {
	struct draft *next;
	char *name;		/* NULL: removed, or submitted under another name */
	struct author author;	/* pid: who opened it last */
	uint64_t ino;
	mode_t mode;
	struct timespec mtime;
	time_t used;
	unsigned opens;
	struct buf text;
	unsigned version;	/* goes up with each change of the text */
	unsigned judged;	/* the version that was last submitted, with whatever success */
	bool taken;		/* ... and it went into the spool */
	bool refused;		/* nobody writes it any more; only the reason is left */
	bool too_large;
	bool sync;
	char *reason;
};

time_t draft_seconds(void);
struct draft *draft_find(const struct drafts *ds, const char *name);
/* What shows under the name: a draft, unless the spool has it. */
struct draft *draft_shown(const struct drafts *ds, const char *name);
/* It was submitted and not changed since: the draft is only what is left of writing. */
bool draft_in_spool(const struct draft *d);
int draft_make(struct drafts *ds, const struct author *a, const char *name, struct draft **out);
/* Take a drop that lies in the spool into memory; there it stays as well. */
int draft_from_real(struct drafts *ds, const struct author *a, const char *name, bool truncate,
		    struct draft **out);
void draft_destroy(struct drafts *ds, struct draft *d);
/* The name is free afterwards; the draft stays while somebody has it open.  NULL is fine. */
void draft_nameless(struct drafts *ds, struct draft *d);
/* It was used just now. */
void draft_touch(struct draft *d);
void draft_set_reason(struct draft *d, const char *reason);
bool draft_within_limits(const struct drafts *ds, uid_t uid, size_t more, unsigned drafts);
/* lstat of SPOOL/inbox/NAME as others may see it; hidden names are nobody's business. */
int draft_real_stat(const struct drafts *ds, const char *name, struct stat *st);
/* Check it and put it into the spool under the name `as`.  The lock is let go
 * meanwhile, so the caller must have it open. */
int draft_submit(struct drafts *ds, struct draft *d, const char *as);

#endif
