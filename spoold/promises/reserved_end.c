/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of jobs when what they are in ends: an occurrence, or the
 * reservation.  One that may have begun at the site is left to it (released),
 * or cancelled; the site's word ends it.  One that begins later than now, given
 * to the site ahead, is taken back: then it is looked at as if it had waited.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "hub.h"
#include "report.h"
#include "reserved_part.h"
#include "say.h"
#include "site_time.h"

static const char expired[] = "its reservation has expired";

/* Its site is to start it later than now. */
static bool is_ahead(const struct hub *h, const struct job *job)
{
	return job->agreed && job->phase < PHASE_RUNNING && job->start > h->now;
}

/* Another attempt is made, or the answer is NO: as reserved_look() says then. */
static void take_back(struct hub *h, uint32_t j, const char *why)
{
	struct job before = h->jobs.job[j];
	struct diag d = DIAG_INIT;

	if (report_taken_back(h, j, why, &d) < 0)
		hub_trouble(h, "taking a job of a reservation back", &d);
	else
		say_cancel(h, before.site, &before.id, before.attempt, why);
}

static void cancel(struct hub *h, uint32_t j, const char *why)
{
	struct diag d = DIAG_INIT;

	if (command_cancel(h, j, "spoold", why, &d) < 0)
		hub_trouble(h, "ending a job of a reservation", &d);
}

/* When the occurrence ends in which it was to start. */
static int64_t ends_at(const struct reserved *r, const struct job *job)
{
	int64_t begin = job->start ? job->start : job->since, from, to;

	slots_nth(&r->slots, slots_after(&r->slots, begin), &from, &to);
	return to;
}

static bool is_over(const struct hub *h, const struct job *job)
{
	return ends_at(&h->reservations.item[job->reserved - 1], job) <= h->now;
}

void reserved_clear(struct hub *h, uint32_t i)
{
	struct site *s = h->sites.site[h->reservations.item[i].site];

	for (uint32_t j = s->held.head, next; j != NO_JOB; j = next) {
		next = h->jobs.job[j].next;
		if (h->jobs.job[j].reserved == i + 1 && is_over(h, &h->jobs.job[j]))
			cancel(h, j, "this occurrence of its reservation has ended");
	}
}

void reserved_over(struct hub *h, uint32_t i, enum reservation_phase how)
{
	struct site *s = h->sites.site[h->reservations.item[i].site];

	for (uint32_t j = s->held.head, next; j != NO_JOB; j = next) {
		next = h->jobs.job[j].next;
		if (h->jobs.job[j].reserved != i + 1)
			continue;
		if (is_ahead(h, &h->jobs.job[j]))
			take_back(h, j, how == RESERVATION_EXPIRED ? expired : "its reservation was released");
		else if (how == RESERVATION_EXPIRED)
			cancel(h, j, expired);
	}
	reserved_give_back(h, i);
	for (uint32_t j = s->held.head; j != NO_JOB; j = h->jobs.job[j].next) {
		struct job *job = &h->jobs.job[j];

		if (job->reserved != i + 1)
			continue;
		job->reserved = 0;
		job->hold = 0;
		site_time_follow(h, j);
	}
	reserved_wake_jobs(h);
	reserved_remove(h, i);
}

/* --- at start ------------------------------------------------------------------------ */

/* It names a reservation that has ended: what was done about that may be lost. */
static void follow_end(struct hub *h, uint32_t j, const char *name)
{
	char file[SPOOL_JOB_NAME];
	struct uuid id;
	bool gone;

	if (uuid_parse(name, strlen(name), &id, NULL) < 0)
		return;
	spool_job_name(&id, file);
	gone = faccessat(h->spool.reservations[RESERVATION_EXPIRED], file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (is_ahead(h, &h->jobs.job[j]))
		take_back(h, j, gone ? expired : "its reservation was released");
	else if (gone)
		cancel(h, j, expired);
}

void reserved_finish(struct hub *h)
{
	for (uint32_t i = 0; i < h->sites.count; i++)
		for (uint32_t j = h->sites.site[i]->held.head, next; j != NO_JOB; j = next) {
			const struct job *job = &h->jobs.job[j];
			const char *name = h->shapes.row[job->shape].shape.reservation;

			next = job->next;
			if (name && !job->reserved)
				follow_end(h, j, name);
			else if (job->reserved && is_over(h, job))
				cancel(h, j, "this occurrence of its reservation has ended");
		}
}
