/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * whatif_pending - what a site or a dataset would change for the jobs that wait.
 *
 *	YES
 *	  12 jobs of 3 kinds wait; with the site east 10 could run, 4 of which cannot now
 *	  x0123456789abcdef: 4 jobs: NO now, YES with it
 *
 * One line for each kind (shape) of pending jobs that it is about; the first
 * says YES if any job that cannot run now could then.  Whose the jobs are is not said.
 */
#ifndef SPOOLD_WHATIF_PENDING_H
#define SPOOLD_WHATIF_PENDING_H

#include "hub.h"

/* t holds a site's document (site.h), or a dataset's (dataset_doc.h); uid: who asks.  CHECK_*. */
int whatif_site(struct hub *h, struct tree *t, uid_t uid, struct buf *out, struct diag *d);
int whatif_dataset(struct hub *h, struct tree *t, struct buf *out, struct diag *d);

#endif
