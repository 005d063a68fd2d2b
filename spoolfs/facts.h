/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts - what the spool's files say about one job, at this moment.
 *
 * Reads and renders; knows nothing of the index.  One struct facts for each
 * thread that loads; its memory is used again by the next load.
 *
 *	struct facts f = FACTS_INIT;
 *	if (facts_load(&f, spool, &id, hint, true, &d) < 0) ...	errno ENOENT: no such job
 *	... f.story, f.text, f.status_len ...
 *	facts_free(&f);
 */
#ifndef SPOOLFS_FACTS_H
#define SPOOLFS_FACTS_H

#include <time.h>

#include "buf.h"
#include "spool.h"
#include "story.h"

/* A job file is a request and its history; more than this is no job file. */
#define FACTS_MAX_BYTES (16u << 20)

/* What the hub says of all pending jobs of one shape, in run/why/SHAPE. */
struct why {
	struct buf text;	/* a line for each site; empty: nothing is said */
	int64_t mtime;		/* nanoseconds since 1970; 0: there is no such file */
};
#define WHY_INIT { .text = BUF_INIT }
#define FACTS_SHAPE 20		/* "x" and 16 digits, and a NUL */

struct facts {
	struct buf text;	/* the job file */
	struct story story;	/* points into text */
	char shape[FACTS_SHAPE];
	struct buf why;		/* what its own file says for `why` */
	bool plain;		/* ... a sentence that says no more than the phase does */
	struct why shared;	/* of its shape, which counts if there is one; if pending */
	struct buf status;	/* what `status` holds */
	uid_t owner;		/* the job's; of a file that cannot be read: the file's */
	int64_t mtime;		/* of the job file, nanoseconds since 1970 */
	int64_t size;		/* of the job file */
};
#define FACTS_INIT { .text = BUF_INIT, .story = STORY_INIT, .why = BUF_INIT, \
		     .shared = WHY_INIT, .status = BUF_INIT }

/* hint: the phase it was last seen in, tried first.  shared: `shared` is wanted. */
int facts_load(struct facts *f, const struct spool *s, const struct uuid *id, enum phase hint,
	       bool shared, struct diag *d);
/* Of a text that is in f->text already, with owner, mtime and size. */
int facts_of_text(struct facts *f, const struct spool *s, const struct uuid *id, enum phase phase,
		  struct diag *d);
/* As it was when its file had that size and lay in that phase: files only grow.
 * Without `shared`. */
int facts_recall(struct facts *f, const struct spool *s, const struct uuid *id, enum phase phase,
		 int64_t size, struct diag *d);
void facts_free(struct facts *f);

/* What `why` holds. */
const struct buf *facts_why(const struct facts *f);
/* Append the lines of a `why` as one, for a table, but for those that begin with two
 * blanks: at most some 200 bytes. */
void facts_reason(const struct buf *why, struct buf *out);

/* Append the lines that `status` has of "eta T, between T and T, at SITE" in such a text. */
void facts_eta(const struct buf *why, struct buf *out);

/* Read run/why/SHAPE.  No such file is no error: the text is empty. */
void why_load(struct why *w, const struct spool *s, const char *shape);
int64_t facts_nanoseconds(const struct timespec *t);

#endif
