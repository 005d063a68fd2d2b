/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schedule - attempts whose start was agreed: neither before it nor, if the
 * site can help it, after.
 *
 * The hub names the start when it assigns a job, however long before; from then
 * on this site holds its own schedule, and needs nobody to be told when. Such
 * an attempt is prepared at once and started by the clock. What has no start
 * may run before, but only if it is over by then or fits beside: each attempt is
 * believed to take as long as its assignment says (the walltime, else the
 * hub's `length`), one that says nothing for ever. While the site is down, as
 * its configuration announces, nothing starts, and nothing before that would
 * still run then.
 */
#ifndef AGENT_SCHEDULE_H
#define AGENT_SCHEDULE_H

#include "room.h"

/* What is left at the start of one that is to come, with all that will run then. */
struct schedule_slot { int64_t start; struct room left; };

struct schedule {
	bool down;			/* nothing starts now */
	struct schedule_slot *slot;
	uint32_t slots;
	int64_t now;
};

/* Of all attempts that wait, as things are now.  Without memory it is empty. */
void schedule_make(struct agent *a, struct schedule *s);
void schedule_free(struct schedule *s);
/* Its start has come, or it has none. */
bool schedule_due(const struct schedule *s, const struct attempt *at);
/* May it start now, as far as those to come are concerned? */
bool schedule_allows(const struct schedule *s, const struct attempt *at);
/* It does. */
void schedule_take(struct schedule *s, const struct attempt *at);
/* The instant of the next start to come; INT64_MAX: none. */
int64_t schedule_next(const struct agent *a);
/* How long it is believed to run, in microseconds; INT64_MAX: for ever. */
int64_t schedule_length(const struct agent *a, const struct attempt *at);

#endif
