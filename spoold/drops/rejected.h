/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rejected - what a power cut leaves in rejected/.
 *
 * A drop is moved there when its reason has been written, but not flushed: the
 * move may survive and the reason not, or not whole.  Then another one says so.
 */
#ifndef SPOOLD_REJECTED_H
#define SPOOLD_REJECTED_H

#include <time.h>

#include "hub.h"

/* Look at what was changed since then; see flush_mark.h. */
int rejected_recover(struct hub *h, const struct timespec *since, struct diag *d);

#endif
