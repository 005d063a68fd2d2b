/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outputs - what a job left for somewhere else than home.
 *
 * A storage resource with `to` is JOBDIR/work/outputs/NAME/.  When the task has done
 * well, every regular file below it is sent there, in the child that gathers the
 * results, so that no core waits for it:
 *
 *	JOBDIR/sent		"NAME PATH" of each file that is there by now
 *	JOBDIR/sending		"TRIES WORDS": why the last try came to nothing
 *	JOBDIR/progress		see progress.h
 *	JOBDIR/upload		see store_upload.h
 *
 * What the store will never take comes home with the results, and the attempt
 * says so and fails.
 */
#ifndef AGENT_OUTPUTS_H
#define AGENT_OUTPUTS_H

#include <stdbool.h>

#include "message.h"
#include "settings.h"

struct outputs {
	struct tree tree;
	struct message_stored *stored;
	uint32_t storeds;
	bool refused;			/* some of it came home instead: `why` */
	char why[400];
};
#define OUTPUTS_INIT { .tree = TREE_INIT }

/* Has the job, in JOBDIR, anything for elsewhere?  1; 0; -1: that cannot be told now. */
int outputs_any(int dir, struct diag *d);
/* Was the job cancelled?  Then none of it is sent. */
bool outputs_unwanted(int dir);
/* Send it.  late: it has been tried for long enough.  0, also when it was
 * refused; -1: to be tried again, and *d says why. */
int outputs_send(struct outputs *o, const struct settings *set, int dir, bool late,
		 struct diag *d);
void outputs_free(struct outputs *o);

/* It is not wanted any more: what was sent of a file that is not whole goes. */
int outputs_withdraw(const struct settings *set, int dir, struct diag *d);

/* It could not be done, and is tried again later: see outputs_wait(). */
void outputs_put_off(int dir, const char *words);
/* Milliseconds until the next try, by what stands in JOBDIR; 0: now.  words (of a
 * size) gets what went wrong, or "". */
int outputs_wait(int dir, char *words, size_t size);

#endif
