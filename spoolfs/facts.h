/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts - what the spool's files say about one job, at this moment.
 *
 * Reads and renders; knows nothing of the index.  One struct facts for each
 * thread that loads; its memory is used again by the next load.
 *
 *	struct facts f = FACTS_INIT;
 *	if (facts_load(&f, spool, &id, hint, &d) < 0) ...	errno ENOENT: no such job
 *	... f.story, f.text, f.status_len ...
 *	facts_free(&f);
 */
#ifndef SPOOLFS_FACTS_H
#define SPOOLFS_FACTS_H

#include "buf.h"
#include "spool.h"
#include "story.h"

/* A job file is a request and its history; more than this is no job file. */
#define FACTS_MAX_BYTES (16u << 20)

struct facts {
	struct buf text;	/* the job file */
	struct story story;	/* points into text */
	struct buf why;		/* what `why` holds */
	bool plain;		/* ... a sentence that says no more than the phase does */
	struct buf status;	/* what `status` holds */
	uid_t owner;		/* the job's; of a file that cannot be read: the file's */
	int64_t mtime;		/* of the job file, nanoseconds since 1970 */
	int64_t why_mtime;	/* of run/why/ID; 0: there is none */
	int64_t size;		/* of the job file */
};
#define FACTS_INIT { .text = BUF_INIT, .story = STORY_INIT, .why = BUF_INIT, .status = BUF_INIT }

/* hint: the phase it was last seen in, tried first. */
int facts_load(struct facts *f, const struct spool *s, const struct uuid *id, enum phase hint,
	       struct diag *d);
void facts_free(struct facts *f);

/* How much of `why` is a reason for a table: its first line, at most 200 bytes,
 * or nothing when it says no more than the phase does. */
size_t facts_reason(const struct facts *f);

#endif
