/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transaction - several jobs that are placed together or not at all.
 *
 *	transaction:
 *	  name: cluster
 *	  same: site
 *	  jobs:
 *	  - {name: server, task: ...}
 *	  - {name: worker, task: ...}
 *
 * docs/spool-transaction.5 describes every field, transaction.schema.yaml says
 * the same to a schema validator.
 */
#ifndef FORMATS_TRANSACTION_H
#define FORMATS_TRANSACTION_H

#include <stdint.h>

#include "request.h"

enum transaction_same { SAME_ANY, SAME_GROUP, SAME_SITE };
enum transaction_layout { LAYOUT_ANY, LAYOUT_PACK, LAYOUT_SPREAD };
enum transaction_cancel { CANCEL_ALL, CANCEL_ONE };

struct transaction_job {
	struct request request;
	const struct node *node;	/* where it stands */
};

struct transaction {
	const char *name;		/* NULL: unnamed */
	enum transaction_same same;
	enum transaction_layout layout;	/* not SPREAD with SAME_SITE */
	enum transaction_cancel cancel;	/* what becomes of the others when one is cancelled */
	struct transaction_job *job;
	uint32_t jobs;			/* 1..1000 */
};

/* Lists and strings are put into t's arena. */
int transaction_read(struct tree *t, const struct node *root, struct transaction *x, struct diag *d);

#endif
