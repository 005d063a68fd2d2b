/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check - answer "is this valid, and who could run it?" and change nothing. */
#ifndef SPOOLD_CHECK_H
#define SPOOLD_CHECK_H

#include "hub.h"

/* Behind CHECK_UNKNOWN stand NOs with a cause that a view tells as another errno; see
 * check_errno(). */
enum {
	CHECK_YES = 0, CHECK_NO = 1, CHECK_INVALID = 2, CHECK_UNKNOWN = 3,
	CHECK_DEAR,		/* there is not enough money for it, or another limit of its owner's is reached */
	CHECK_FORBIDDEN,	/* for want of permission alone */
	CHECK_STALE,		/* its time, or what it names, has passed */
	CHECK_NAMELESS,		/* what it names has never been */
};

/* Of a NO: ENOSPC, EDQUOT, EACCES, ESTALE or EINVAL; else 0. */
int check_errno(int got);
/* The NO that has this errno. */
int check_no(int err);

/* One document that was parsed, asked about by uid; h has everything loaded that it has.  CHECK_*; if it
 * is not valid *d says why. */
int check_document(struct hub *h, struct tree *t, uid_t uid, struct buf *out, struct diag *d);
/* h was opened for reading.  The answer in words goes to out.  CHECK_UNKNOWN: this user may not
 * know by themselves, and nobody has answered; *d says so. */
int check_file(struct hub *h, const char *file, struct buf *out, struct diag *d);

#endif
