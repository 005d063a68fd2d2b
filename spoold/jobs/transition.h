/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transition - the only way a job's phase changes.
 *
 * A line is appended to the job's file, then the file is renamed into the
 * directory of the new phase.  Killed in between, recovery finds the line and
 * makes the rename.  When either fails the line is taken back and the job is
 * as it was.  A job that has no file yet gets it, with its whole history so
 * far, in the directory of its first phase.
 */
#ifndef SPOOLD_TRANSITION_H
#define SPOOLD_TRANSITION_H

#include "hub.h"

/* Begin a transition's line in b: phase, time, and site and attempt where the
 * job has them (or will have: set them in *job first).  The caller may add
 * more keys before transition_make() ends the line. */
void transition_line(struct hub *h, struct buf *b, uint32_t job, enum phase to);
/* Do it.  Keeps lists, site accounts and counters; a job that reaches a final
 * phase leaves the table, so its index is dead afterwards. */
int transition_make(struct hub *h, uint32_t job, enum phase to, struct buf *line, struct diag *d);
/* Append a remark that changes no phase. */
int transition_remark(struct hub *h, uint32_t job, struct buf *line, struct diag *d);
/* Write the file of a fresh job where it stands now. */
int transition_write_fresh(struct hub *h, uint32_t job, struct diag *d);
/* Its file could not be written: as if it had never been taken. */
void transition_forget_fresh(struct hub *h, uint32_t job);
/* Read a job's file, fresh or not. */
int transition_read(struct hub *h, uint32_t job, struct buf *text, struct diag *d);
/* What the file says.  st->body lies in text, or where a fresh job is kept: it
 * lasts until the job changes. */
int transition_state(struct hub *h, uint32_t job, struct buf *text, struct job_state *st,
		     struct diag *d);

#endif
