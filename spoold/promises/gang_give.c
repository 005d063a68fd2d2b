/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The jobs of one transaction: to their sites, back from there, and to their end. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "gang_part.h"
#include "report.h"
#include "reserved.h"
#include "round_assign.h"
#include "round_inside.h"
#include "say.h"
#include "shapes.h"
#include "site_table.h"
#include "transition.h"

/* --- which they are ----------------------------------------------------------------------- */

void crew_end(struct crew *c)
{
	free(c->member);
	free(c->job);
	free(c->shape);
	free(c->site);
	free(c->plan);
	free(c->length);
	spans_free(&c->when);
}

static void add(struct hub *h, struct crew *c, const struct gang_member *m, uint32_t i, uint32_t j)
{
	const struct job *job = &h->jobs.job[j];
	const struct shape *s = &h->shapes.row[job->shape].shape;
	bool aside = job->hangs == HANGS_ASIDE;
	uint16_t shunned = (uint16_t)(job->shunned + 1);

	c->shunned = c->n && c->shunned != shunned ? 0 : shunned;
	c->member[c->n] = i;
	c->job[c->n] = j;
	c->shape[c->n++] = job->shape;
	c->whole &= aside;
	c->owed |= aside && m->owed;
	c->back |= aside && !m->owed;
	c->inside = s->reservation;
	c->waits = job->waits && !c->waits ? j + 1 : c->waits;
}

int crew_begin(struct hub *h, uint32_t g, struct crew *c, struct diag *d)
{
	const struct gang *x = &h->gangs.item[g];
	size_t room = x->members + 1;

	*c = (struct crew){ .whole = true };
	c->member = calloc(room, sizeof *c->member);
	c->job = calloc(room, sizeof *c->job);
	c->shape = calloc(room, sizeof *c->shape);
	c->site = calloc(room, sizeof *c->site);
	c->plan = calloc(room, sizeof *c->plan);
	c->length = calloc(room, sizeof *c->length);
	if (!c->member || !c->job || !c->shape || !c->site || !c->plan || !c->length)
		return diag_nomem(d);
	for (uint32_t i = 0; i < x->members; i++) {
		uint32_t j = jobs_find(&h->jobs, &x->member[i].id);

		if (j != NO_JOB)
			add(h, c, &x->member[i], i, j);
	}
	return 0;
}

/* --- to their sites ------------------------------------------------------------------------- */

/* The lengths of those that are owed to their reservation, beside one another. */
static int find_lengths(struct hub *h, const struct gang *x, struct crew *c, int64_t start, struct diag *d)
{
	uint32_t *shape = calloc(c->n + 1, sizeof *shape), n = 0;
	int64_t *length = calloc(c->n + 1, sizeof *length);
	bool good = shape && length;

	for (uint32_t i = 0; good && i < c->n; i++)
		if (x->member[c->member[i]].owed)
			shape[n++] = c->shape[i];
	if (n)
		reserved_lengths(h, shape, n, start, length);
	n = 0;
	for (uint32_t i = 0; good && i < c->n; i++)
		if (x->member[c->member[i]].owed)
			c->length[i] = length[n++];
	free(shape);
	free(length);
	return good ? 0 : diag_nomem(d);
}

static int give_owed(struct hub *h, const struct gang *x, const struct crew *c, uint32_t i, struct diag *d)
{
	struct reserved_answer a = { .site = x->member[c->member[i]].site, .length = c->length[i],
				     .start = x->start > h->now ? x->start : h->now };

	return c->inside ? round_enter(h, c->job[i], &a, d)
			 : round_assign(h, c->job[i], a.site, "its transaction was placed there", d);
}

/* One that came back: anew where it was, if that has room, or in the same group. */
static int give_again(struct hub *h, const struct gang *x, const struct crew *c, uint32_t i, struct diag *d)
{
	const struct job *job = &h->jobs.job[c->job[i]];
	struct gang_want w = { &c->shape[i], 1, x->owner, SAME_ANY, LAYOUT_ANY,
			       .shunned = (uint16_t)(job->shunned + 1) };
	uint16_t site = x->member[c->member[i]].site;
	int64_t wake = INT64_MAX;
	int r;

	if (c->inside) {
		r = round_inside(h, c->job[i], &wake, d);
		if (wake < h->gangs.wake)
			h->gangs.wake = wake;
		return r < 0 ? -1 : 0;
	}
	r = gang_place_again(h, &w, x->same, site, &site, d);
	return r > 0 ? round_assign(h, c->job[i], site, "its transaction was placed there", d) : r;
}

int gang_give(struct hub *h, uint32_t g, struct crew *c, struct diag *d)
{
	struct gang *x = &h->gangs.item[g];
	int r = 0;

	if (c->inside && c->owed)
		r = find_lengths(h, x, c, x->start > h->now ? x->start : h->now, d);
	for (uint32_t i = 0; r == 0 && i < c->n; i++) {
		const struct job *job = &h->jobs.job[c->job[i]];
		struct gang_member *m = &x->member[c->member[i]];

		if (job->phase != PHASE_PENDING || job->hangs != HANGS_ASIDE)
			continue;
		r = m->owed ? give_owed(h, x, c, i, d) : give_again(h, x, c, i, d);
		m->owed &= r < 0;
	}
	return r;
}

static void list_sites(struct hub *h, struct gang *x, const struct crew *c, struct buf *list)
{
	for (uint32_t i = 0, k = 0; i < x->members; i++) {
		bool here = k < c->n && c->member[k] == i;

		x->member[i].site = here ? c->site[k++] : NO_SITE;
		x->member[i].owed = here;
		buf_adds(list, i ? ", " : "[");
		if (here)
			line_scalar(list, h->sites.site[x->member[i].site]->name,
				    strlen(h->sites.site[x->member[i].site]->name));
		else
			buf_adds(list, "\"-\"");
	}
	buf_addc(list, ']');
}

int gang_give_all(struct hub *h, uint32_t g, struct crew *c, struct diag *d)
{
	struct gang *x = &h->gangs.item[g];
	struct buf line = BUF_INIT, list = BUF_INIT;
	int r;

	list_sites(h, x, c, &list);
	line_begin(&line);
	line_text(&line, "phase", transaction_phase_name(TRANSACTION_PLACED));
	line_time(&line, "time", h->now);
	line_raw(&line, "sites", list.s);
	if (x->start)
		line_time(&line, "start", x->start);
	line.failed |= list.failed;
	r = gang_write_phase(h, g, TRANSACTION_PLACED, &line, d);
	buf_free(&line);
	buf_free(&list);
	if (r < 0)
		return -1;
	x->placed = true;
	c->owed = true;
	return gang_give(h, g, c, d);
}

/* --- and back --------------------------------------------------------------------------------- */

static bool is_ahead(const struct hub *h, const struct job *job)
{
	return job->agreed && job->phase >= PHASE_WAITING && job->phase < PHASE_RUNNING && job->start > h->now;
}

int gang_recall(struct hub *h, uint32_t g, const struct crew *c, struct diag *d)
{
	static const char why[] = "another job of its transaction cannot start then";
	struct gang *x = &h->gangs.item[g];
	int some = 0;

	if (x->end != PHASE_PENDING || x->start <= h->now || !c->back)
		return 0;
	for (uint32_t i = 0; i < c->n; i++) {
		struct job before = h->jobs.job[c->job[i]];

		if (!is_ahead(h, &before) || before.cancelling)
			continue;
		if (report_taken_back(h, c->job[i], why, d) < 0)
			return -1;
		say_cancel(h, before.site, &before.id, before.attempt, why);
		some = 1;
	}
	return some;
}

bool gang_moves(struct hub *h, uint32_t g, const struct crew *c)
{
	const struct gang *x = &h->gangs.item[g];
	uint32_t left = 0;

	if (!c->whole || c->owed)
		return false;
	for (uint32_t i = 0; i < x->members; i++)
		left += !x->member[i].gone;
	/* Where one has ended the others are to follow, unless that site is lost. */
	for (uint32_t i = 0; left != c->n && i < c->n; i++) {
		uint16_t site = x->member[c->member[i]].site;

		if (site == NO_SITE || !site_table_alive(h, site))
			left = c->n;
	}
	return left == c->n;
}

/* --- to their end ----------------------------------------------------------------------------- */

int gang_end_members(struct hub *h, uint32_t g, const struct crew *c, struct diag *d)
{
	const struct gang *x = &h->gangs.item[g];
	const char *answer = x->end == PHASE_FAILED ? "NO" : NULL;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < c->n; i++) {
		const struct job *job = &h->jobs.job[c->job[i]];

		if (job->phase == PHASE_PENDING)
			r = round_end(h, c->job[i], x->end, answer, x->text ? x->text : "", d);
		else if (!job->cancelling)
			r = command_cancel(h, c->job[i], "its transaction", x->text, d);
	}
	return r;
}
