/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy - how much this site wants to pull, and when: `pull` in its file.
 *
 *	pull:
 *	  load: 150%			of its cores and memory, whoever uses them
 *	  jobs: 100			to hold at once
 *	  per-day: {jobs: 500, cores: 1000, memory: 4TB, walltime: P30D}
 *	  calendar:			outside of all of these nothing is pulled
 *	  - {days: [mon, tue, wed, thu, fri], from: "20:00", to: "06:00"}
 *	  - {days: [sat, sun], load: inf}
 *
 * Times are the machine's local ones.  `to` before `from` is on the next day; the
 * first entry that holds counts.  Pure: no clock of its own.
 */
#ifndef AGENT_POLICY_H
#define AGENT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "node.h"

struct policy_hours {
	uint8_t  days;			/* bit 0: Sunday ... bit 6: Saturday, on which it begins */
	int      from, to;		/* minutes since midnight; to may be 1440 */
	double   load;			/* NAN: as without a calendar */
	uint32_t jobs;			/* UINT32_MAX: the same */
};

struct policy_day {			/* UINT32_MAX, UINT64_MAX, INT64_MAX: no limit */
	uint32_t jobs, cores;
	uint64_t memory;
	int64_t  walltime;
};

struct policy {
	double   load;			/* 1.0: as much as there is; INFINITY: no limit */
	uint32_t jobs;
	struct policy_day day;
	struct policy_hours *hours;
	uint32_t hour_count;
};
#define POLICY_DEFAULT { .load = 2.0, .jobs = UINT32_MAX, \
	.day = { UINT32_MAX, UINT32_MAX, UINT64_MAX, INT64_MAX } }

/* map NULL: nothing is said.  Lists go into t. */
int policy_read(struct tree *t, const struct node *map, struct policy *p, struct diag *d);

struct policy_now {
	bool open;
	double load;
	uint32_t jobs;
	int64_t change;			/* when it closes, or opens; instant; 0: never */
};
/* now: an instant. */
void policy_at(const struct policy *p, int64_t now, struct policy_now *out);
bool policy_has_day(const struct policy *p);
/* The local midnights around it. */
void policy_midnights(int64_t now, int64_t *last, int64_t *next);

#endif
