/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check - answer "is this valid, and who could run it?" and change nothing. */
#ifndef SPOOLD_CHECK_H
#define SPOOLD_CHECK_H

#include "hub.h"

/* CHECK_DEAR: NO, as there is not enough money for it. */
enum { CHECK_YES = 0, CHECK_NO = 1, CHECK_INVALID = 2, CHECK_DEAR = 3, CHECK_UNKNOWN = 4 };

/* One document that was parsed, asked about by uid; h has everything loaded that it has.  CHECK_*; if it
 * is not valid *d says why. */
int check_document(struct hub *h, struct tree *t, uid_t uid, struct buf *out, struct diag *d);
/* h was opened for reading.  The answer in words goes to out.  CHECK_UNKNOWN: this user may not
 * know by themselves, and nobody has answered; *d says so. */
int check_file(struct hub *h, const char *file, struct buf *out, struct diag *d);

#endif
