/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site_day.h"

#include "hub.h"
#include "instant.h"

/* As the site counts it. */
static int64_t walltime_of(const struct site *s, int64_t stated)
{
	return stated ? stated : s->doc.day.each ? s->doc.day.each : DAY_US;
}

void site_day_add(struct hub *h, struct site *s, uint32_t j)
{
	const struct job *job = &h->jobs.job[j];
	const struct demand *d = &h->shapes.row[job->shape].shape.demand;
	struct site_given *g = &s->given;

	if (!s->doc.day.until || job->message <= g->upto)
		return;
	g->jobs++;
	g->cores += job->cores ? job->cores : d->cores;
	g->memory += job->memory ? job->memory : d->memory;
	g->walltime += walltime_of(s, job->length ? job->length : d->walltime);
}

void site_day_told(struct hub *h, struct site *s, uint64_t upto)
{
	s->given = (struct site_given){ .upto = upto };
	if (!s->doc.day.until)
		return;
	for (uint32_t j = s->held.head; j != NO_JOB; j = h->jobs.job[j].next)
		site_day_add(h, s, j);
}

bool site_day_wants(const struct site *s, const struct demand *d)
{
	const struct site_day *day = &s->doc.day;
	const struct site_given *g = &s->given;

	if (!day->until)
		return true;
	return (day->jobs == UINT32_MAX || g->jobs + s->promised < day->jobs) &&
	       (day->cores == UINT32_MAX || g->cores + d->cores <= day->cores) &&
	       (day->memory == UINT64_MAX || g->memory + d->memory <= day->memory) &&
	       (day->walltime == INT64_MAX || g->walltime + walltime_of(s, d->walltime) <= day->walltime);
}
