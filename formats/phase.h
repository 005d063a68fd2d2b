/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * phase - the phases of a job (IVOA ExecutionBroker), and which may follow which.
 *
 * The name of a phase is also the name of its directory below jobs/.  This is
 * the only place that knows the order of them.
 */
#ifndef FORMATS_PHASE_H
#define FORMATS_PHASE_H

#include <stdbool.h>
#include <stddef.h>

enum phase {
	PHASE_PENDING,		/* taken; no site chosen yet */
	PHASE_OFFERED,		/* offers lie open, somebody has to choose */
	PHASE_WAITING,		/* assigned to a site, which has not begun with it */
	PHASE_PREPARING,	/* the site stages its data and software */
	PHASE_RUNNING,
	PHASE_RELEASING,	/* ended; results on their way home */
	PHASE_COMPLETED,
	PHASE_FAILED,
	PHASE_CANCELLED,
	PHASE_EXPIRED,		/* its time window or its offers went by */
	PHASES
};

const char *phase_name(enum phase p);
/* -1: no phase has this name. */
int phase_parse(const char *name, size_t len);
/* completed, failed, cancelled, expired: nothing follows but the archive
 * (and `retry`, which makes a new attempt). */
bool phase_final(enum phase p);
/* May a job in `from` go to `to`?  Staying is not a transition. */
bool phase_may(enum phase from, enum phase to);

#endif
