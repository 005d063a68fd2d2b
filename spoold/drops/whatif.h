/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * whatif - questions in SPOOL/whatif/, answered beside the work.
 *
 *	whatif/NAME.yaml		a question: dropped as into inbox/
 *	run/whatif/NAME.yaml.answer	the answer: YES, NO or INVALID on its first line
 *
 * A job is answered as by `spoold --check`, but with all that is promised now.
 * A site or a dataset is answered by what would change for pending jobs if it
 * were there.  Nothing is reserved, remembered or flushed.  The answer lies
 * there before the question goes, belongs to who asked, and is removed after
 * ten minutes.  What a crash leaves is asked again, or old.
 */
#ifndef SPOOLD_WHATIF_H
#define SPOOLD_WHATIF_H

#include "hub.h"

/* Answer what was asked.  later: something is being written; more: not all was
 * looked at. */
int whatif_take(struct hub *h, bool *later, bool *more, struct diag *d);
/* Make the directories that a spool of an earlier day has not. */
int whatif_open(struct hub *h, struct diag *d);

#endif
