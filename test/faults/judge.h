/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge - has a life ended as it should, whatever was done to it?
 *
 *  - each drop became one job, which ended once, in the expected phase; or it
 *    was rejected, with the reason beside it;
 *  - each job's file is whole, its history legal, its attempts in order;
 *  - results are complete, and what was used is accounted for;
 *  - each task that completed ran exactly once in its attempt;
 *  - nothing is left under a hidden or temporary name, in the inbox, in a
 *    site's state, in up/files/; mailboxes are small; no process is left;
 *  - no message changed after it had been visible.
 */
#ifndef TEST_FAULTS_JUDGE_H
#define TEST_FAULTS_JUDGE_H

#include "life.h"

enum {
	JUDGE_ONE_ATTEMPT = 1,	/* nothing that was done excuses a second attempt */
};

/* Append a line for each thing that is wrong; how many. */
int judge(struct life *l, int flags, struct buf *out);

#endif
