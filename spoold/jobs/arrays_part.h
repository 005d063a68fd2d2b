/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What arrays.c and arrays_state.c share; not for others. */
#ifndef SPOOLD_ARRAYS_PART_H
#define SPOOLD_ARRAYS_PART_H

#include "arrays.h"

/* NULL: it is no array, nor a task of one that is there. */
struct array_run *array_run_of(struct hub *h, uint32_t job);
struct array_run *array_run_add(struct hub *h, uint32_t job, const struct array *spec, struct diag *d);
void array_task_id(const struct hub *h, const struct array_run *run, uint32_t place, struct uuid *id);
/* False: out of memory. */
bool array_live_add(struct hub *h, struct array_run *run, uint32_t place, uint32_t job);
/* Add the keys todo, live and bad to a line. */
void array_state(struct buf *line, const struct array_run *run);
/* None of its tasks is held any more.  False: out of memory. */
bool array_unhold(struct array_run *run);
/* When its file is to say again how far it is. */
int64_t array_note_at(const struct hub *h, const struct array_run *run);
/* A task has got that far: the array has begun, if it had not. */
void array_begun(struct hub *h, struct array_run *run, enum phase task);
/* arrays_tend() will look at it. */
void array_due(struct hub *h, struct array_run *run);

#endif
