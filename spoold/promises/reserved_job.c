/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "facts_look.h"
#include "hub.h"
#include "instant.h"
#include "offers.h"
#include "queue.h"
#include "reserved_part.h"
#include "shapes.h"
#include "site_table.h"
#include "site_time.h"
#include "size.h"

uint32_t reserved_named(const struct hub *h, const char *name)
{
	struct uuid id;

	return uuid_parse(name, strlen(name), &id, NULL) < 0 ? NO_RESERVED : reserved_find(h, &id);
}

static enum reserved_verdict no_such(struct hub *h, const char *name, struct reserved_answer *a)
{
	char file[SPOOL_JOB_NAME];
	struct uuid id;

	if (uuid_parse(name, strlen(name), &id, NULL) == 0) {
		spool_job_name(&id, file);
		for (int p = RESERVATION_EXPIRED; p < RESERVATION_PHASES; p++)
			if (faccessat(h->spool.reservations[p], file, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
				buf_addf(&a->why, "the reservation %s has %s", name,
					 p == RESERVATION_EXPIRED ? "expired" : "been released");
				a->err = ESTALE;
				return RESERVED_NO;
			}
	}
	buf_addf(&a->why, "there is no reservation %s", name);
	a->err = EINVAL;
	return RESERVED_NO;
}

/* --- when it fits ------------------------------------------------------------------------ */

struct fit { int64_t start, length; };

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t reserved_stretch(const struct reserved *r, const uint64_t *amount, int64_t start, int64_t least,
			 int64_t most)
{
	struct timeline_obstacle o;

	if (most <= least || !timeline_obstacle(&r->place.line, amount, start, start + most, &o))
		return later(least, most);
	return later(least, o.when - start);
}

/* The earliest start, from then on, of a job that says how long it takes. */
static bool fit_stated(struct hub *h, const struct reserved *r, const struct shape *s, const uint64_t *amount,
		       int64_t earliest, struct fit *out)
{
	struct timeline_window w[s->windows];
	uint32_t which[s->windows];
	struct timeline_found f;
	unsigned n = site_time_windows(h, s, w, which);

	for (unsigned i = 0; i < n; i++)
		w[i].earliest = later(w[i].earliest, earliest);
	if (!place_fit(&r->place, amount, w, n, &f))
		return false;
	out->start = f.start;
	out->length = reserved_stretch(r, amount, f.start, w[f.window].duration, s->window[which[f.window]].max);
	return true;
}

/* One that does not takes all the rest of an occurrence, from the first instant on that
 * lies in one of its windows, too. */
static bool fit_rest(struct hub *h, const struct reserved *r, const struct shape *s, const uint64_t *amount,
		     int64_t earliest, struct fit *out)
{
	struct timeline_window w[s->windows];
	uint32_t which[s->windows];
	unsigned windows = site_time_windows(h, s, w, which);
	bool found = false;
	int64_t from, to;

	for (int64_t n = 0; !found && n < r->holds; n++) {
		slots_nth(&r->slots, r->first + n, &from, &to);
		for (unsigned i = 0; i < windows; i++) {
			int64_t at = later(later(from, earliest), w[i].earliest);
			struct timeline_obstacle o;

			if (at >= to || at > w[i].latest || (found && at >= out->start) ||
			    timeline_obstacle(&r->place.line, amount, at, to, &o))
				continue;
			*out = (struct fit){ at, to - at };
			found = true;
		}
	}
	return found;
}

bool reserved_states_length(const struct shape *s)
{
	for (uint32_t i = 0; i < s->windows; i++)
		if (s->window[i].min || s->window[i].max)
			return true;
	return false;
}

/* What could be if the reservation were empty: else it will never be. */
static bool fits_empty(struct hub *h, const struct reserved *r, const struct shape *s)
{
	struct timeline_window w[s->windows];
	uint32_t which[s->windows];
	unsigned n = site_time_windows(h, s, w, which);
	bool any_length = !reserved_states_length(s);
	int64_t from, to;

	for (int64_t k = 0; k < r->holds; k++) {
		slots_nth(&r->slots, r->first + k, &from, &to);
		for (unsigned i = 0; i < n; i++) {
			int64_t begin = w[i].earliest > from ? w[i].earliest : from;

			if (begin < to && begin <= w[i].latest && (any_length || begin + w[i].duration <= to))
				return true;
		}
	}
	return false;
}

static bool fit(struct hub *h, const struct reserved *r, const struct shape *s, const uint64_t *amount,
		int64_t earliest, struct fit *out)
{
	return reserved_states_length(s) ? fit_stated(h, r, s, amount, earliest, out)
				: fit_rest(h, r, s, amount, earliest, out);
}

/* Half a gap before the last visit from which it can be ready in time. */
int64_t reserved_tell_by(struct hub *h, const struct shape *s, uint16_t site, int64_t start)
{
	struct facts_lead l;
	double by;

	facts_lead(h, s, site, &l);
	by = (double)(start - h->now) / SECOND_US - l.staged - l.prepare;
	if (l.every > 0)
		by = l.pickup + (floor((by - l.pickup) / l.every) - 0.5) * l.every;
	return by > 0 ? h->now + (int64_t)(by * SECOND_US) : h->now;
}

/*
 * An occurrence is open in which it could start before that, if what others
 * have there came free: then it is worth waiting for.  *until is the instant
 * from which on that is no more so, or its site would hear of that start too late.
 */
static bool may_be_sooner(struct hub *h, const struct reserved *r, const struct shape *s, int64_t start,
			  int64_t *until)
{
	struct timeline_window w[s->windows];
	uint32_t which[s->windows];
	unsigned n = site_time_windows(h, s, w, which);
	bool any_length = !reserved_states_length(s);
	int64_t from, to;

	*until = 0;
	if (!r->holds || !r->hold[0])
		return false;
	slots_nth(&r->slots, r->first, &from, &to);
	for (unsigned i = 0; from <= h->now && i < n; i++) {
		int64_t latest = any_length ? to - 1 : to - w[i].duration;

		if (latest > w[i].latest)
			latest = w[i].latest;
		if (w[i].earliest <= latest && w[i].earliest < start)
			*until = later(*until, latest + 1);
	}
	start = reserved_tell_by(h, s, r->site, start);
	if (*until > start)
		*until = start;
	return *until > h->now;
}

/* --- the answer --------------------------------------------------------------------------- */

enum reserved_verdict reserved_say_no(struct reserved_answer *a, const char *text)
{
	buf_adds(&a->why, text);
	return RESERVED_NO;
}

enum reserved_verdict reserved_say_wait(struct reserved_answer *a, int64_t wake, const char *text)
{
	buf_adds(&a->why, text);
	a->wake = wake;
	return RESERVED_WAIT;
}

bool reserved_site_ready(const struct hub *h, uint16_t site, uint32_t jobs, bool ahead)
{
	const struct site *s = h->sites.site[site];

	if (h->spool.lock < 0)	/* who only looks knows no mailbox */
		return true;
	return site_table_alive(h, site) &&
	       (ahead ? s->doc.pull_jobs > 0 : s->held.count - s->ahead + s->promised + jobs <= s->doc.pull_jobs);
}

/* ready: when its data can be there. */
static enum reserved_verdict look_when(struct hub *h, const struct reserved *r, const struct shape *s,
				       int64_t ready, struct reserved_answer *a)
{
	uint64_t amount[TIMELINE_KINDS];
	struct fit f;
	int64_t until;

	if (!place_known(&r->place))
		return reserved_say_wait(a, INT64_MAX, "its reservation's site has not told about itself yet");
	if (!place_wish(&r->place, s, amount))
		return reserved_say_no(a, "it asks for more than its reservation holds");
	if (!fits_empty(h, r, s))
		return reserved_say_no(a, "its reservation has no occurrence left that is long enough in its time");
	if (!fit(h, r, s, amount, h->now, &f))
		return reserved_say_wait(a, INT64_MAX, "other jobs have what it needs of its reservation");
	if (f.start > h->now && may_be_sooner(h, r, s, f.start, &until))
		return reserved_say_wait(a, until, "other jobs have what it needs of its reservation; if none ends before, it gets a "
					 "start behind them at");
	if (!reserved_site_ready(h, r->site, 1, f.start > h->now))
		return reserved_say_wait(a, INT64_MAX, "its reservation's site wants no more now");
	/* One that is ready before its slot starts with it. */
	if (f.start > h->now && ready > f.start)
		fit(h, r, s, amount, ready, &f);
	a->start = f.start;
	a->length = f.length;
	return f.start > h->now ? RESERVED_AHEAD : RESERVED_NOW;
}

enum reserved_verdict reserved_look(struct hub *h, uint32_t shape, uid_t owner, struct reserved_answer *a)
{
	uint32_t i;
	const struct shape *s = &h->shapes.row[shape].shape;
	const struct reserved *r;
	const struct match *m;

	*a = (struct reserved_answer){ .why = BUF_INIT, .wake = INT64_MAX, .site = NO_SITE };
	i = reserved_named(h, s->reservation);
	if (i == NO_RESERVED)
		return no_such(h, s->reservation, a);
	r = &h->reservations.item[i];
	a->site = r->site;
	if (!reserved_may(r, owner))
		a->err = EACCES;
	if (a->err)
		return reserved_say_no(a, "its reservation belongs to somebody else");
	if (s->ask)
		return reserved_say_no(a, "a reservation is a choice that was made: inside it there are no offers to wait "
				       "for; `accept: best` takes the start that is free");
	m = h->sites.site[r->site]->known ? shapes_match(h, shape, r->site) : NULL;
	if (m && !m->may && !m->later) {
		struct match again;

		buf_addf(&a->why, "%s, where its reservation lies: ", h->sites.site[r->site]->name);
		match_site(s, &h->sites.site[r->site]->doc, &h->config, &h->catalogue, &again, &a->why);
		a->err = again.denied ? EACCES : 0;
		return RESERVED_NO;
	}
	if (m && !m->may)
		return reserved_say_wait(a, INT64_MAX, "what it needs is still being measured");
	return look_when(h, r, s, h->now + (m ? offers_lead(h, s, r->site) : 0), a);
}

void reserved_enter(struct hub *h, uint32_t j)
{
	struct job *job = &h->jobs.job[j];
	const char *name = h->shapes.row[job->shape].shape.reservation;
	uint32_t i = name ? reserved_named(h, name) : NO_RESERVED;

	job->reserved = i != NO_RESERVED && job->site == h->reservations.item[i].site ? i + 1 : 0;
}

void reserved_explain(struct hub *h, uint32_t shape, struct buf *out)
{
	uint32_t j = queue_any(h, shape);
	struct reserved_answer a;

	if (j == NO_JOB)
		return;
	if (reserved_look(h, shape, h->jobs.job[j].owner, &a) < RESERVED_NOW) {
		buf_adds(out, a.why.s);
		if (a.wake != INT64_MAX) {
			buf_addc(out, ' ');
			instant_format(a.wake, out);
		}
		buf_addc(out, '\n');
	}
	buf_free(&a.why);
}
