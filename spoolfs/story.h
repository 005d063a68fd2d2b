/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * story - a job file, told to people: the texts of status, log and why.
 *
 * One walk over the file makes all of them, so that their sizes are known
 * together.  A file that cannot be read is a story as well, that of its error.
 *
 *	struct story s = STORY_INIT;
 *	story_read(&s, &id, phase, text, len);
 *	... s.log, s.state ...
 *	story_status(&s, &out);  story_why(&s, &out);
 *	story_free(&s);			or story_read() again: memory is kept
 */
#ifndef SPOOLFS_STORY_H
#define SPOOLFS_STORY_H

#include <stdbool.h>

#include "buf.h"
#include "jobfile.h"

struct story {
	struct uuid id;
	enum phase phase;	/* the directory it lay in, which is the truth */
	enum phase shown;	/* the phase that people are told: of an array that has begun, running */
	int64_t since;		/* ... since then */
	bool bad;		/* state holds nothing; error says why */
	struct diag error;
	struct job_state state;	/* body points into the text that was read */
	struct buf tasks;	/* of an array, how far it is, as it last said: `key: value` lines */
	uint8_t offers;		/* the highest number of an offer in it; 0: none was made */
	struct buf title;	/* the request's name, as a component of a path; empty: none */
	struct buf log;		/* one line for each thing that happened */
	struct buf rest;	/* what else the last transition says: `key: value` lines */
	struct buf reasons;	/* of the last answer, a line each; may be empty */
	struct buf chosen;	/* why this site, as decided then, a line each; may be empty */
	struct buf eta;		/* when it should be done, as last told: `key: value` lines */
};
#define STORY_INIT { .bad = true, .error = DIAG_INIT, .title = BUF_INIT, .log = BUF_INIT, \
		     .rest = BUF_INIT, .reasons = BUF_INIT, .chosen = BUF_INIT, .eta = BUF_INIT, .tasks = BUF_INIT }

void story_read(struct story *s, const struct uuid *id, enum phase phase, const char *text,
		size_t len);
void story_free(struct story *s);
/* Append `key: value` lines. */
void story_status(const struct story *s, struct buf *out);
/* Append the reasons, or a sentence on what the phase means. */
void story_why(const struct story *s, struct buf *out);

#endif
