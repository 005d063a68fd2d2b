/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine_load - how busy the machine is, and who makes it so.
 *
 * Two looks at the counters in /proc tell what was used between them.  The first
 * is kept in STATE/looked, so that one pass an hour tells of that hour.  Ours is
 * what descends from a shim, or from this process; all else is others'.
 */
#ifndef AGENT_MACHINE_LOAD_H
#define AGENT_MACHINE_LOAD_H

#include "agent.h"

/* Into a->machine; at most once in a while, unless now is set. */
void machine_load(struct agent *a, bool now);

struct load_look {
	int64_t at;			/* instant */
	uint64_t busy, others;		/* ticks of the clock so far */
	uint64_t others_memory;		/* bytes */
	uint32_t queue;
};
/* For tests: proc is /proc or like it; ours: pids whose descendants do not count. */
int load_look(const char *proc, const pid_t *ours, size_t n, struct load_look *out);
/* "some avg60=12.50": 0.125 */
double load_pressure(const char *text);

#endif
