/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "offers.h"
#include "say.h"
#include "shapes.h"
#include "site_table.h"
#include "size.h"
#include "transition.h"
#include "why.h"

/* --- what happens to the first job of a shape ---------------------------------- */

int round_assign(struct hub *h, uint32_t j, uint16_t site, const char *why, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	struct buf line = BUF_INIT, text = BUF_INIT;
	struct job_state st;
	int r = -1;

	if (transition_state(h, j, &text, &st, d) == 0) {
		uint64_t before = job->message;

		job->site = site;
		job->attempt++;
		job->message = h->sites.site[site]->out.last + 1;
		/* First all that can fail without a trace, then the transition. */
		transition_line(h, &line, j, PHASE_WAITING);
		line_int(&line, "message", (long long)job->message);
		if (why && *why)
			line_text(&line, "why", why);
		r = say_assign(h, j, &st, d);
		if (r == 0 && (r = transition_make(h, j, PHASE_WAITING, &line, d)) < 0)
			say_unsay(h, site);
		if (r < 0) {
			job->site = NO_SITE;
			job->attempt--;
			job->message = before;
		}
	}
	buf_free(&text);
	buf_free(&line);
	h->count.assigned += r == 0;
	return r;
}

/* The first job of a shape to the site that was chosen, saying why. */
static int assign(struct hub *h, uint32_t shape, uint16_t site, struct diag *d)
{
	const struct shape_row *row = &h->shapes.row[shape];
	const struct match *m = shapes_match(h, shape, site);
	struct buf why = BUF_INIT;
	int r;

	if (row->shape.datasets.count && m) {
		size_human(m->held, &why);
		buf_adds(&why, " of its data is there, ");
		size_human(m->missing, &why);
		buf_adds(&why, " to fetch");
	}
	r = round_assign(h, row->queue.head, site, why.s, d);
	buf_free(&why);
	return r;
}

static int end_with(struct hub *h, uint32_t j, enum phase to, const char *answer, const char *text,
		    struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	transition_line(h, &line, j, to);
	if (answer)
		line_text(&line, "answer", answer);
	line_text(&line, "text", text);
	r = transition_make(h, j, to, &line, d);
	buf_free(&line);
	return r;
}

static int answer_no(struct hub *h, uint32_t shape, struct diag *d)
{
	struct shape_row *row = &h->shapes.row[shape];
	struct buf why = BUF_INIT;
	int r = 0;

	why_reasons(h, shape, &why);
	while (r == 0 && row->queue.count)
		r = end_with(h, row->queue.head, PHASE_FAILED, "NO", why.s, d);
	buf_free(&why);
	return r;
}

static int expire(struct hub *h, uint32_t shape, struct diag *d)
{
	struct shape_row *row = &h->shapes.row[shape];
	int r = 0;

	while (r == 0 && row->queue.count)
		r = end_with(h, row->queue.head, PHASE_EXPIRED, NULL,
			     "the time in which it could have started has passed", d);
	return r;
}

/* --- one shape ------------------------------------------------------------------ */

/* Did every site that we know say NO, for good? */
static bool all_say_no(struct hub *h, uint32_t shape)
{
	uint32_t known = 0;

	if (h->config.unplaceable_waits)
		return false;
	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct match *m;

		if (!h->sites.site[i]->known)
			continue;
		m = shapes_match(h, shape, i);
		if (!m || m->may || m->later)
			return false;
		known++;
	}
	return known;
}

static void fill_candidates(struct hub *h, uint32_t shape, struct candidate *c)
{
	const struct shape_row *row = &h->shapes.row[shape];
	uint16_t shunned = h->jobs.job[row->queue.head].shunned;

	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *s = h->sites.site[i];
		const struct match *m = s->known ? shapes_match(h, shape, i) : NULL;

		memset(&c[i], 0, sizeof c[i]);
		if (!m || !m->may || !site_table_alive(h, (uint16_t)i))
			continue;
		c[i].match = *m;
		c[i].match.avoided |= i == shunned;
		c[i].wants = site_table_wants(h, (uint16_t)i, &row->shape.demand);
		c[i].fill = (double)s->held_cores / (s->doc.cores ? s->doc.cores : 1);
	}
}

enum step { STEP_ASSIGNED, STEP_WAIT, STEP_DONE, STEP_TROUBLE };

/* Deal with the first job of the shape's queue. */
static enum step step(struct hub *h, uint32_t shape, struct candidate *c, struct diag *d)
{
	struct shape_row *row = &h->shapes.row[shape];
	struct choice ch;

	if (row->shape.not_after < h->now)
		return expire(h, shape, d) < 0 ? STEP_TROUBLE : STEP_DONE;
	if (all_say_no(h, shape))
		return answer_no(h, shape, d) < 0 ? STEP_TROUBLE : STEP_DONE;
	row->wake = row->shape.not_after == INT64_MAX ? INT64_MAX : row->shape.not_after + 1;
	if (row->shape.not_before > h->now) {
		row->wake = row->shape.not_before;
		return STEP_WAIT;
	}
	fill_candidates(h, shape, c);
	if (row->shape.ask) {
		int made = offers_make(h, row->queue.head, c, d);

		return made < 0 ? STEP_TROUBLE : made ? STEP_ASSIGNED : STEP_WAIT;
	}
	ch = choose_site(c, (int)h->sites.count, h->config.bandwidth,
			 (double)(h->now - h->jobs.job[row->queue.head].since) / 1e6);
	if (ch.site >= 0)
		return assign(h, shape, (uint16_t)ch.site, d) < 0 ? STEP_TROUBLE : STEP_ASSIGNED;
	if (ch.wait >= 0) {
		int64_t at = h->now + (int64_t)(ch.wait * 1e6) + 1;

		if (at < row->wake)
			row->wake = at;
	}
	return STEP_WAIT;
}

/* --- all shapes, the highest priority and the oldest job first --------------------- */

/* A binary heap of shape numbers by priority, then by the id of the first job. */
struct heap { uint32_t *item, count; };

static bool sooner(const struct hub *h, uint32_t a, uint32_t b)
{
	int p = h->shapes.row[a].shape.priority, q = h->shapes.row[b].shape.priority;
	const struct job *x = &h->jobs.job[h->shapes.row[a].queue.head];
	const struct job *y = &h->jobs.job[h->shapes.row[b].queue.head];

	return p != q ? p > q : uuid_cmp(&x->id, &y->id) < 0;
}

static void sift_down(const struct hub *h, struct heap *q, uint32_t i)
{
	for (;;) {
		uint32_t least = i, tmp;

		for (uint32_t k = 2 * i + 1; k <= 2 * i + 2 && k < q->count; k++)
			if (sooner(h, q->item[k], q->item[least]))
				least = k;
		if (least == i)
			return;
		tmp = q->item[i];
		q->item[i] = q->item[least];
		q->item[least] = tmp;
		i = least;
	}
}

/* Mail means credit for its sender, so only the senders are asked: a message
 * costs the same however many sites there are. */
static bool sender_wants(struct hub *h, uint32_t shape)
{
	for (uint32_t i = 0; i < h->sites.speakers; i++) {
		uint16_t site = h->sites.speaking[i];
		const struct match *m = shapes_match(h, shape, site);

		if (m && m->may && site_table_wants(h, site, &h->shapes.row[shape].shape.demand))
			return true;
	}
	return false;
}

static bool worth_a_look(struct hub *h, uint32_t shape, enum round_reason reason)
{
	const struct shape_row *row = &h->shapes.row[shape];

	return row->queue.count &&
	       (reason == ROUND_ALL || row->dirty || row->wake <= h->now ||
		(reason == ROUND_MAIL && sender_wants(h, shape)));
}

static int collect(struct hub *h, enum round_reason reason, struct heap *q)
{
	q->count = 0;
	q->item = malloc((h->shapes.count + 1) * sizeof *q->item);
	if (!q->item)
		return -1;
	for (uint32_t i = 0; i < h->shapes.count; i++) {
		if (worth_a_look(h, i, reason))
			q->item[q->count++] = i;
		h->shapes.row[i].dirty = false;
	}
	for (uint32_t i = q->count / 2; i-- > 0;)
		sift_down(h, q, i);
	return 0;
}

static void drop_first(const struct hub *h, struct heap *q)
{
	q->item[0] = q->item[--q->count];
	sift_down(h, q, 0);
}

static int64_t next_wake(const struct hub *h)
{
	int64_t wake = INT64_MAX;

	for (uint32_t i = 0; i < h->shapes.count; i++)
		if (h->shapes.row[i].queue.count && h->shapes.row[i].wake < wake)
			wake = h->shapes.row[i].wake;
	return wake;
}

void round_run(struct hub *h, enum round_reason reason, bool *more, int64_t *wake)
{
	struct candidate *c = malloc((h->sites.count + 1) * sizeof *c);
	struct diag d = DIAG_INIT;
	struct heap q = { NULL, 0 };
	uint32_t left = h->config.batch;

	*more = false;
	if (!c || collect(h, reason, &q) < 0) {
		diag_nomem(&d);
		hub_trouble(h, "planning", &d);
		q.count = 0;
	}
	while (q.count && left) {
		uint32_t shape = q.item[0];
		enum step s = step(h, shape, c, &d);

		if (s == STEP_TROUBLE) {
			hub_trouble(h, "assigning a job", &d);
			h->shapes.row[shape].dirty = true;
		}
		if (s == STEP_ASSIGNED && h->shapes.row[shape].queue.count)
			sift_down(h, &q, 0);
		else
			drop_first(h, &q);
		left -= s == STEP_ASSIGNED;
	}
	for (uint32_t i = 0; i < q.count; i++)
		h->shapes.row[q.item[i]].dirty = true;
	*more = q.count > 0;
	*wake = next_wake(h);
	free(q.item);
	free(c);
}
