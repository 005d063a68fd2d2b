/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * which - what people call a job: its id, or their name for it, and a task of an
 * array by its index, also one that is not made yet.
 *
 *	01a20151-12bc-7242-8de6-df494b190438	survey
 *	01a20151-12bc-7242-8de6-df494b190438.7	survey.7
 *
 * A name means the last job of that user that has it.
 */
#ifndef SPOOLD_WHICH_H
#define SPOOLD_WHICH_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "uuid.h"

struct hub;

struct which {
	struct uuid id;
	bool unmade;			/* it is a task, and not made yet: */
	struct uuid array;
	uint32_t index;
};

/* -1 with d->err 0: there is no such job.  That of an id need not be there. */
int which_word(struct hub *h, uint32_t owner, const char *word, struct which *w, struct diag *d);
int which_name(struct hub *h, uint32_t owner, const char *name, struct which *w, struct diag *d);
/* w->id is an array; from now on it is its task with this index. */
int which_task(struct hub *h, uint32_t index, struct which *w, struct diag *d);

#endif
