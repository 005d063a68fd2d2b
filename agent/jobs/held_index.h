/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * held_index - STATE/held: what waiting files say, so that a pass that holds
 * thousands need not read them all again.
 *
 *	boot ID
 *	KEY MESSAGE LINE CORES MEMORY LENGTH
 *	...
 *
 * An attempt's file never changes: what was read from it once is true as long
 * as its name is there.  Only a power cut may leave another text behind the
 * name, so the index of an earlier boot counts for nothing.  It is a memory
 * only: without it, or with half of it, all is as it would be, later.  Attempts
 * that need data, or have a start, are read from their files.
 */
#ifndef AGENT_HELD_INDEX_H
#define AGENT_HELD_INDEX_H

#include "agent.h"

/* Add those to the table that are not there, WAITING and `unseen`. */
void held_index_load(struct agent *a);
/* All of waiting/ was looked at: whose file was not there was never here. */
void held_index_prune(struct agent *a);
/* Write it, if it would be of much more use than the one before. */
void held_index_keep(struct agent *a);

#endif
