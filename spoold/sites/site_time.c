/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub.h"
#include "instant.h"
#include "offers.h"
#include "reserved.h"
#include "shapes.h"

/* --- what is wanted ------------------------------------------------------------------ */

uint64_t site_time_owner(const struct uuid *id)
{
	uint64_t owner = 0;

	for (int i = 0; i < 8; i++)
		owner = owner << 8 | id->b[i];
	return owner;
}

static int64_t length_in(const struct hub *h, const struct shape_window *w)
{
	return w->min ? w->min : w->max ? w->max : h->config.length;
}

int64_t site_time_length(const struct hub *h, const struct shape *s, uint32_t window)
{
	return length_in(h, &s->window[window]);
}

/* A start at one instant is kept, or if that has passed, made as soon as can be. */
static bool is_missed(const struct hub *h, const struct shape *s, const struct shape_window *w)
{
	return w->earliest == w->latest && w->latest < h->now && !s->ask;
}

unsigned site_time_windows(const struct hub *h, const struct shape *s, struct timeline_window *w,
			   uint32_t *which)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < s->windows; i++) {
		const struct shape_window *from = &s->window[i];
		int64_t latest = is_missed(h, s, from) ? INT64_MAX : from->latest;

		if (latest < h->now)
			continue;
		which[n] = i;
		w[n++] = (struct timeline_window){ from->earliest > h->now ? from->earliest : h->now,
						   latest, site_time_length(h, s, i) };
	}
	return n;
}

bool site_time_open(const struct hub *h, const struct shape *s, int64_t *next)
{
	bool open = false;

	*next = INT64_MAX;
	for (uint32_t i = 0; i < s->windows; i++) {
		const struct shape_window *w = &s->window[i];

		open |= w->earliest <= h->now && (w->latest >= h->now || is_missed(h, s, w));
		if (w->earliest > h->now && w->earliest < *next)
			*next = w->earliest;
	}
	return open;
}

static const struct shape *shape_of(const struct hub *h, uint32_t j)
{
	return &h->shapes.row[h->jobs.job[j].shape].shape;
}

static bool fit_shape(const struct hub *h, const struct shape *s, const struct site *at, int64_t *start)
{
	struct timeline_window w[s->windows];
	uint32_t which[s->windows];
	uint64_t amount[TIMELINE_KINDS];
	struct timeline_found f;
	unsigned n = site_time_windows(h, s, w, which);

	if (!place_wish(&at->time, s, amount) || !place_fit(&at->time, amount, w, n, &f))
		return false;
	*start = f.start;
	return true;
}

/* What was found holds as long as the timeline is the same and the start is not past. */
bool site_time_start(struct hub *h, uint32_t shape, uint16_t site, int64_t *start)
{
	const struct site *s = h->sites.site[site];
	struct verdict_cell *cell;

	if (!shapes_match(h, shape, site))
		return false;
	cell = &h->shapes.row[shape].cell[site];
	if (!cell->fitted || cell->version != s->time.version || (cell->fits && cell->start < h->now)) {
		cell->fits = fit_shape(h, &h->shapes.row[shape].shape, s, &cell->start);
		cell->version = s->time.version;
		cell->fitted = true;
	}
	*start = cell->start;
	return cell->fits;
}

/* --- the timeline follows a job ----------------------------------------------------------- */

static int64_t length_of(const struct hub *h, uint32_t j)
{
	const struct job *job = &h->jobs.job[j];
	const struct shape *s = shape_of(h, j);

	if (job->length)
		return job->length;
	return s->demand.walltime ? s->demand.walltime : h->config.length;
}

/* The site ends it when it has run for its length.  Until it has spoken after
 * that, nobody's promise is broken because we have not heard of it. */
static bool may_have_ended(const struct hub *h, const struct job *job, int64_t end)
{
	const struct site *s = h->sites.site[job->site];
	bool limited = job->length || h->shapes.row[job->shape].shape.demand.walltime;

	return limited && (!s->spoke || h->now - (h->ticks - s->heard) < end + MINUTE_US);
}

/* Where it overruns, a quarter longer each time, and a minute at least. */
static int64_t end_of(const struct hub *h, uint32_t j, int64_t start)
{
	int64_t end = start + length_of(h, j);

	if (may_have_ended(h, &h->jobs.job[j], end))
		return end;
	while (end <= h->now)
		end += (end - start) / 4 > MINUTE_US ? (end - start) / 4 : MINUTE_US;
	return end;
}

/* What it was given counts, whatever the site says by now. */
static void amount_of(struct hub *h, uint32_t j, uint64_t *amount)
{
	const struct job *job = &h->jobs.job[j];
	const struct shape *s = shape_of(h, j);

	if (!place_wish(reserved_place(h, j), s, amount)) {
		amount[PLACE_CORES] = s->demand.cores;
		amount[PLACE_MEMORY] = s->demand.memory;
		amount[PLACE_DISK] = s->demand.disk;
		amount[PLACE_GPUS] = s->demand.gpus;
	}
	if (job->cores)
		amount[PLACE_CORES] = job->cores;
	if (job->memory)
		amount[PLACE_MEMORY] = job->memory;
	for (unsigned k = 0; k < TIMELINE_KINDS; k++)
		if (amount[k] > TIMELINE_MOST)
			amount[k] = TIMELINE_MOST;
}

static bool begin_take(struct hub *h, uint32_t j, struct place_take *k)
{
	const struct job *job = &h->jobs.job[j];

	*k = (struct place_take){ .owner = site_time_owner(&job->id),
				  .holder = { .what = HOLD_JOB, .index = j } };
	amount_of(h, j, k->amount);
	return place_known(reserved_place(h, j));
}

static void note_due(struct site *s, int64_t end)
{
	if (end < s->time_due)
		s->time_due = end;
}

static void trouble(struct hub *h, const struct site *s, const struct diag *d)
{
	h->count.errors++;
	hub_log("the timeline of %s: %s", s->name, d->text);
}

/* A start that is only a little off is the one that was planned, and ends then:
 * what comes next at the site comes a little later, too, and is no less kept. */
int64_t site_time_began(const struct job *job, int64_t told, int64_t heard)
{
	int64_t began = told && told < heard ? told : heard;

	if (job->start && began - job->start <= MINUTE_US && job->start - began <= MINUTE_US)
		return job->start;
	return began;
}

static void impose(struct hub *h, uint32_t j)
{
	struct job *job = &h->jobs.job[j];
	struct site *s = h->sites.site[job->site];
	struct timeline_broken broken;
	struct diag d = DIAG_INIT;
	struct place_take k;
	char id[UUID_TEXT], why[160];

	if (!begin_take(h, j, &k))
		return;
	k.standing = PLACE_FACT;
	k.from = job->start ? job->start : job->since;
	k.to = end_of(h, j, k.from);
	if (place_impose(reserved_place(h, j), &k, &job->hold, &broken, &d) < 0)
		trouble(h, s, &d);
	note_due(s, k.to);
	uuid_format(&job->id, id);
	snprintf(why, sizeof why, "job %s runs at %s, and takes what was promised", id, s->name);
	site_time_broke(h, job->site, &broken, why);
}

/* Held as agreed.  0: it is; 1: there is no room. */
static int take_agreed(struct hub *h, uint32_t j, struct place_take *k, struct diag *d)
{
	struct job *job = &h->jobs.job[j];

	k->standing = PLACE_AGREED;
	k->from = job->start;
	k->to = end_of(h, j, job->start);
	return place_take(reserved_place(h, j), k, &job->hold, d);
}

/* Behind all that is there.  What has no room at all is not on the timeline. */
static int take_queued(struct hub *h, uint32_t j, struct place_take *k, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	struct place *p = reserved_place(h, j);
	int64_t length = length_of(h, j);
	struct timeline_window w = { h->now, INT64_MAX, length };
	struct timeline_found f;

	k->standing = PLACE_QUEUED;
	k->from = job->start;
	k->to = job->start + length;
	if (job->start && k->to > h->now && place_take(p, k, &job->hold, d) == 0)
		return 0;
	if (!place_fit(p, k->amount, &w, 1, &f))
		return 1;
	k->from = job->start = f.start;
	k->to = f.start + length;
	return place_take(p, k, &job->hold, d);
}

void site_time_hold(struct hub *h, uint32_t j)
{
	struct job *job = &h->jobs.job[j];
	struct site *s = h->sites.site[job->site];
	struct timeline_broken lost = { 0 };
	struct diag d = DIAG_INIT;
	struct place_take k;
	int r;

	if (!begin_take(h, j, &k))
		return;
	r = job->agreed ? take_agreed(h, j, &k, &d) : take_queued(h, j, &k, &d);
	if (r < 0)
		trouble(h, s, &d);
	if (r == 0)
		note_due(s, k.to);
	/* Handled like all that is agreed and has no room, when its turn comes. */
	if (r == 1 && job->agreed && (lost.entry = malloc(sizeof *lost.entry))) {
		lost.entries = 1;
		*lost.entry = (struct timeline_entry){
			.from = k.from, .to = k.to, .standing = k.standing,
			.holder = (uint64_t)HOLD_JOB << 40 | j,
		};
		site_time_broke(h, job->site, &lost, job->reserved
				? "its reservation has no room for it at that time any more"
				: "the site has no room at that time any more");
	}
}

static bool runs_already(struct hub *h, uint32_t j)
{
	uint64_t hold = h->jobs.job[j].hold;
	struct timeline_entry e;

	return hold && timeline_entry(&reserved_place(h, j)->line, hold, &e) && e.standing == PLACE_FACT;
}

int site_time_rank(const struct job *job)
{
	if (job->site == NO_SITE || job->phase < PHASE_WAITING || phase_final((enum phase)job->phase))
		return -1;
	return job->phase == PHASE_RUNNING ? 0 : job->agreed ? 1 : 2;
}

void site_time_follow(struct hub *h, uint32_t j)
{
	struct job *job = &h->jobs.job[j];

	switch ((enum phase)job->phase) {
	case PHASE_WAITING:
	case PHASE_PREPARING:
		if (!job->hold)
			site_time_hold(h, j);
		break;
	case PHASE_RUNNING:
		if (!runs_already(h, j))
			impose(h, j);
		break;
	case PHASE_RELEASING:
		place_give_back(reserved_place(h, j), &job->hold);
		break;
	default:
		break;
	}
}

void site_time_leave(struct hub *h, uint32_t j)
{
	struct job *job = &h->jobs.job[j];

	if (job->site != NO_SITE)
		place_give_back(reserved_place(h, j), &job->hold);
	job->reserved = 0;
	job->hold = 0;
	job->start = 0;
	job->length = 0;
	job->cores = 0;
	job->memory = 0;
	job->agreed = false;
}

void site_time_free(struct hub *h)
{
	for (uint32_t i = 0; i < h->sites.count; i++) {
		place_free(&h->sites.site[i]->time);
		free(h->sites.site[i]->outage);
	}
	free(h->broken);
	free(h->plans.job);
}

/* --- overruns ---------------------------------------------------------------------------------- */

static void overrun(struct hub *h, uint32_t j, const struct timeline_entry *e)
{
	struct job *job = &h->jobs.job[j];

	if ((e->standing == PLACE_FACT || job->agreed) && may_have_ended(h, job, e->to)) {
		note_due(h->sites.site[job->site], h->now);
		return;
	}
	if (e->standing == PLACE_FACT) {
		impose(h, j);
		return;
	}
	/* It should have been run by now, and the site has not said so. */
	place_give_back(reserved_place(h, j), &job->hold);
	if (!job->agreed)
		job->start = 0;
	site_time_hold(h, j);
}

static void look_at_overruns(struct hub *h, struct site *s)
{
	s->time_due = INT64_MAX;
	for (uint32_t j = s->held.head; j != NO_JOB; j = h->jobs.job[j].next) {
		struct timeline_entry e;

		if (!timeline_entry(&reserved_place(h, j)->line, h->jobs.job[j].hold, &e))
			continue;
		if (e.to <= h->now)
			overrun(h, j, &e);
		else
			note_due(s, e.to);
	}
}

void site_time_overruns(struct hub *h)
{
	for (uint32_t i = 0; i < h->sites.count; i++)
		if (h->sites.site[i]->time_due <= h->now)
			look_at_overruns(h, h->sites.site[i]);
}
