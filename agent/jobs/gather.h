/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gather - from JOBDIR/exit and the files beside it to JOBDIR/report, the line
 * that the hub is told, and payload in up/files/.
 *
 * What it was:	exit 0				completed
 *		asked to stop by the hub	cancelled
 *		asked to stop by somebody here	failed, cause operator
 *		this machine's doing		failed, cause site
 *		anything else			failed, cause job
 */
#ifndef AGENT_GATHER_H
#define AGENT_GATHER_H

#include <stdbool.h>

#include "attempt.h"
#include "diag.h"
#include "settings.h"

/* How many bytes would have to be read? */
int gather_size(int dir, uint64_t *bytes, struct diag *d);
/* dir: JOBDIR, files: up/files/.  Can be done again; the report appears whole.  Sends
 * outputs first (outputs.h), which takes as long as it takes: then in a child only. */
int gather(const struct settings *set, int dir, int files, const struct attempt *at,
	   struct diag *d);

#endif
