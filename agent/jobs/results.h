/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * results - the files an attempt left behind, made ready for the way home.
 *
 * These are JOBDIR/stdout and stderr, as far as they are not empty, and every
 * regular file below JOBDIR/work/results/.  Short texts go into the report
 * itself; the others get a second name in up/files/, KEY.0, KEY.1 ..., or a
 * copy where that is another file system.  Links, devices, and names that
 * cannot be told are left behind, with a remark.  What the machine cannot read
 * at the moment is an error, and to be tried again, unless give_up is set.
 */
#ifndef AGENT_RESULTS_H
#define AGENT_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "message.h"

struct result {
	char *path;		/* as the hub will call it */
	char *from;		/* below JOBDIR */
	uint64_t size;
};

struct results {
	struct result *item;
	uint32_t count;
	uint64_t bytes;
	bool give_up;		/* caller: leave behind what cannot be read now */
	uint32_t skipped;
	char first_skipped[200];
	struct message_file *file;	/* filled by results_send */
	uint32_t files;
	struct buf *texts;		/* of the inline ones, with file[] */
	char (*payload)[80];
};
#define RESULTS_INIT { .item = NULL }

/* What is there?  dir: JOBDIR. */
int results_list(struct results *r, int dir, struct diag *d);
/* Read, measure and link all of it; file[] is what message_report wants.
 * Reads every byte, so it may take long. */
int results_send(struct results *r, int dir, int files, const char *key, struct diag *d);
/* Words about what was left behind are added to text, if there are any. */
void results_remark(const struct results *r, struct buf *text);
void results_free(struct results *r);

#endif
