/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "phase.h"

#include <string.h>

#define TO(p) (1u << PHASE_##p)
#define ENDS  (TO(COMPLETED) | TO(FAILED) | TO(CANCELLED) | TO(EXPIRED))

/* One row a phase: its name, and the phases that may follow it.  A site may
 * report late, so that the hub sees only the last of several steps; that is
 * why every step may jump ahead.  Back to pending goes a job whose attempt
 * ended without the job being to blame, and one that is told to try again.
 * From pending to completed goes an array, whose tasks are jobs of their own. */
static const struct {
	const char *name;
	unsigned next;
} table[PHASES] = {
	[PHASE_PENDING]   = { "pending", TO(OFFERED) | TO(WAITING) | ENDS },
	[PHASE_OFFERED]   = { "offered", TO(PENDING) | TO(WAITING) | TO(FAILED) | TO(CANCELLED) | TO(EXPIRED) },
	[PHASE_WAITING]   = { "waiting", TO(PENDING) | TO(PREPARING) | TO(RUNNING) | TO(RELEASING) | ENDS },
	[PHASE_PREPARING] = { "preparing", TO(PENDING) | TO(RUNNING) | TO(RELEASING) | ENDS },
	[PHASE_RUNNING]   = { "running", TO(PENDING) | TO(RELEASING) | ENDS },
	[PHASE_RELEASING] = { "releasing", TO(PENDING) | ENDS },
	[PHASE_COMPLETED] = { "completed", 0 },
	[PHASE_FAILED]    = { "failed", TO(PENDING) },
	[PHASE_CANCELLED] = { "cancelled", TO(PENDING) },
	[PHASE_EXPIRED]   = { "expired", TO(PENDING) },
};

const char *phase_name(enum phase p)
{
	return table[p].name;
}

int phase_parse(const char *name, size_t len)
{
	for (int p = 0; p < PHASES; p++)
		if (strlen(table[p].name) == len && !memcmp(table[p].name, name, len))
			return p;
	return -1;
}

bool phase_final(enum phase p)
{
	return p >= PHASE_COMPLETED;
}

bool phase_may(enum phase from, enum phase to)
{
	return table[from].next >> to & 1;
}
