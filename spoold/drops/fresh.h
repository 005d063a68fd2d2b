/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fresh - a new job, in memory; its file is written when it is known in which
 * phase it begins (transition.h). */
#ifndef SPOOLD_FRESH_H
#define SPOOLD_FRESH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "drop_mark.h"
#include "jobfile.h"

struct hub;

/* A job whose file is not written yet. */
struct fresh {
	struct buf text;
	struct job_record record;
	size_t body, body_len;		/* the request, in text */
	struct drop_mark mark;		/* of the drop */
	bool dropped;			/* there is one, to leave inbox/ */
	uint32_t job;			/* NO_JOB: it has its file by now */
};

/* Everything of the record is set but the shape's hash.  The job is pending, has
 * its lane, and hangs nowhere yet.  NO_JOB: *d. */
uint32_t fresh_add(struct hub *h, struct job_record *r, uint32_t shape, const char *body, size_t len,
		   struct diag *d);
/* The last that was added, as if it had not been. */
void fresh_drop(struct hub *h, uint32_t job);

#endif
