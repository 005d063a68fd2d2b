/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "after.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "after_part.h"
#include "arrays.h"
#include "gang.h"
#include "io.h"
#include "queue.h"
#include "retire.h"
#include "transition.h"
#include "which.h"

/* --- what is known of a job, ended or not ----------------------------------------- */

/* 1: it has ended, in *phase; 0: it has not; -1: there is no such job.  owner
 * may be NULL. */
static int look_up(struct hub *h, const struct uuid *id, enum phase *phase, uint32_t *owner)
{
	uint32_t j = jobs_find(&h->jobs, id);
	struct buf text = BUF_INIT;
	struct job_state st;
	char name[SPOOL_JOB_NAME];
	int p, known = -1;

	if (j != NO_JOB) {
		if (owner)
			*owner = h->jobs.job[j].owner;
		return 0;
	}
	p = spool_job_find(&h->spool, id);
	if (p < 0)
		return retire_find(h, id, phase, owner) ? 1 : -1;
	*phase = (enum phase)p;
	if (!owner)
		return phase_final(*phase) ? 1 : 0;
	spool_job_name(id, name);
	if (io_read(h->spool.jobs[p], name, 64u << 20, &text, NULL) == 0 &&
	    jobfile_read(text.s, text.len, &st, NULL) == 0) {
		*owner = st.record.owner;
		known = phase_final(*phase);
	}
	buf_free(&text);
	return known;
}

static bool came_true(int when, enum phase phase)
{
	return when == AFTER_ANY || (when == AFTER_OK) == (phase == PHASE_COMPLETED);
}

static int resolve_one(struct hub *h, const struct after *a, uint32_t uid, struct after_id *out, struct diag *d)
{
	struct diag why = DIAG_INIT;
	struct which w;
	enum phase phase;
	uint32_t owner = uid;

	*out = (struct after_id){ .when = (uint8_t)a->when };
	if (which_word(h, uid, a->job, &w, &why) < 0)
		return diag_at(d, a->line, a->col, "after: %s", why.text);
	out->id = w.id;
	out->unmade = w.unmade;
	out->array = w.array;
	out->index = w.index;
	if (look_up(h, w.unmade ? &w.array : &w.id, &phase, &owner) < 0)
		return diag_at(d, a->line, a->col, "after: there is no job %.60s", a->job);
	if (owner != uid && uid != 0 && uid != geteuid())
		return diag_at(d, a->line, a->col, "after: job %.60s belongs to somebody else", a->job);
	return 0;
}

int after_resolve(struct hub *h, const struct request *r, uint32_t owner, struct after_id *out, struct diag *d)
{
	for (uint32_t i = 0; i < r->afters; i++)
		if (resolve_one(h, &r->after[i], owner, &out[i], d) < 0)
			return -1;
	return 0;
}

/* --- beginning to wait --------------------------------------------------------------- */

void after_list(const struct after_id *id, uint32_t n, struct buf *list)
{
	char text[UUID_TEXT];

	buf_addc(list, '[');
	for (uint32_t i = 0; i < n; i++) {
		uuid_format(&id[i].id, text);
		buf_addf(list, "%s{job: %s, when: %s", i ? ", " : "", text, after_word(id[i].when));
		uuid_format(&id[i].array, text);
		if (id[i].unmade)
			buf_addf(list, ", array: %s, index: %u", text, id[i].index);
		buf_addc(list, '}');
	}
	buf_addc(list, ']');
}

static void waits_line(const struct hub *h, const struct after_id *id, uint32_t n, struct buf *line)
{
	struct buf list = BUF_INIT;

	after_list(id, n, &list);
	line_begin(line);
	line_raw(line, "waits", list.s);
	line_time(line, "time", h->now);
	line->failed |= list.failed;
	buf_free(&list);
}

/* A task that is not made yet, but will be? */
static bool to_come(struct hub *h, const struct after_id *a)
{
	uint32_t array = a->unmade ? jobs_find(&h->jobs, &a->array) : NO_JOB;
	struct uuid id;
	bool made;

	return array != NO_JOB && h->jobs.job[array].tasks && arrays_task(h, array, a->index, &id, &made) == 0 && !made;
}

/* One that has ended already is looked at like one that ends now. */
static bool wait_for(struct hub *h, uint32_t j, const struct after_id *a)
{
	enum phase phase = PHASE_CANCELLED;

	if (!after_edge_add(&h->afters, j, &h->jobs.job[j].after, &a->id, a->when))
		return false;
	return look_up(h, &a->id, &phase, NULL) == 0 || to_come(h, a) || after_end_add(&h->afters, &a->id, phase);
}

int after_begin(struct hub *h, uint32_t j, const struct after_id *id, uint32_t n, struct buf *text,
		struct diag *d)
{
	if (!n)
		return 0;
	waits_line(h, id, n, text);
	line_end(text);
	if (text->failed)
		return diag_nomem(d);
	h->jobs.job[j].waits = true;
	for (uint32_t i = 0; i < n; i++)
		if (!wait_for(h, j, &id[i])) {
			after_left(h, j);
			return diag_nomem(d);
		}
	return 0;
}

static int take_up(struct hub *h, uint32_t j, const struct node *list)
{
	for (const struct node *n = list->child; n; n = n->next) {
		const struct node *job = node_get(n, "job"), *word = node_get(n, "when");
		const struct node *array = node_get(n, "array"), *index = node_get(n, "index");
		struct after_id a = { .when = AFTER_OK };

		if (!job || uuid_parse(job->text, job->len, &a.id, NULL) < 0)
			continue;
		for (uint8_t w = AFTER_OK; word && w <= AFTER_FAILED; w++)
			if (!strcmp(word->text, after_word(w)))
				a.when = w;
		a.unmade = array && index && uuid_parse(array->text, array->len, &a.array, NULL) == 0;
		a.index = a.unmade ? (uint32_t)strtoul(index->text, NULL, 10) : 0;
		if (!wait_for(h, j, &a))
			return -1;
	}
	return 0;
}

int after_recover(struct hub *h, uint32_t j, const struct buf *text, struct diag *d)
{
	struct line_reader r;
	struct line l;
	int got = jobfile_events(&r, text->s, text->len, d);

	h->jobs.job[j].waits = true;
	while (got == 0 && line_next(&r, &l, NULL) > 0) {
		const struct node *list = node_get(l.map, "waits");

		if (list && list->kind == NODE_SEQ && take_up(h, j, list) < 0)
			got = diag_nomem(d);
	}
	line_close(&r);
	return got;
}

void after_left(struct hub *h, uint32_t j)
{
	struct job *job = &h->jobs.job[j];

	while (job->after)
		after_edge_remove(&h->afters, job->after - 1, &job->after);
	job->waits = false;
}

void after_ended(struct hub *h, const struct uuid *id, enum phase phase)
{
	if (after_node_find(&h->afters, id) != NO_EDGE && !after_end_add(&h->afters, id, phase))
		hub_log("out of memory: jobs that wait for another go on after the next start");
}

void after_unmade(struct hub *h, const struct uuid *array)
{
	struct afters *a = &h->afters;

	/* The ids of its tasks begin like its own. */
	for (uint32_t i = 0; i < a->nodes; i++) {
		const struct after_node *n = &a->node[i];

		if (n->first != NO_EDGE && !memcmp(n->id.b, array->b, 8) && uuid_cmp(&n->id, array) &&
		    look_up(h, &n->id, &(enum phase){ 0 }, NULL) < 0)
			after_ended(h, &n->id, PHASE_CANCELLED);
	}
}

/* --- ends ------------------------------------------------------------------------------ */

/* Nothing is left to wait for. */
static int let_go(struct hub *h, uint32_t j, struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	waits_line(h, NULL, 0, &line);
	r = transition_remark(h, j, &line, d);
	buf_free(&line);
	if (r == 0) {
		queue_take(h, j);
		h->jobs.job[j].waits = false;
		h->gangs.dirty |= h->jobs.job[j].gang != 0;
		queue_put(h, j, false);
	}
	return r;
}

static int give_up(struct hub *h, uint32_t j, const struct after_end *end, int when, struct diag *d)
{
	struct buf line = BUF_INIT, text = BUF_INIT;
	char id[UUID_TEXT];
	int r;

	uuid_format(&end->id, id);
	buf_addf(&text, "it was to run after job %s %s, and that is %s", id,
		 when == AFTER_OK ? "has completed" : "has failed", phase_name((enum phase)end->phase));
	/* With its transaction, where that is said. */
	r = h->jobs.job[j].gang ? gang_cancel_with(h, j, "spoold", text.s, d) : 0;
	if (r == 0) {
		transition_line(h, &line, j, PHASE_CANCELLED);
		line_text(&line, "text", text.s);
		r = transition_make(h, j, PHASE_CANCELLED, &line, d);
	} else if (r > 0) {
		after_left(h, j);
		r = 0;
	}
	buf_free(&line);
	buf_free(&text);
	return r;
}

/* -1: *d; the edge is still there, and will be looked at again. */
static int follow(struct hub *h, uint32_t e, const struct after_end *end, struct diag *d)
{
	const struct after_edge *edge = &h->afters.edge[e];
	uint32_t j = edge->job;
	struct job *job = &h->jobs.job[j];

	if (!came_true(edge->when, (enum phase)end->phase))
		return give_up(h, j, end, edge->when, d);
	if (job->after == e + 1 && edge->other == NO_EDGE && let_go(h, j, d) < 0)
		return -1;
	after_edge_remove(&h->afters, e, &job->after);
	return 0;
}

/* What was cancelled ends too, so the list grows while it is gone through: a
 * chain of any length takes no stack. */
bool after_run(struct hub *h)
{
	struct afters *a = &h->afters;
	struct diag d = DIAG_INIT;
	bool any = a->ends;

	while (a->ends) {
		struct after_end end = a->end[a->ends - 1];
		uint32_t node = after_node_find(a, &end.id);

		if (node == NO_EDGE)
			a->ends--;
		else if (follow(h, a->node[node].first, &end, &d) < 0) {
			hub_trouble(h, "letting jobs go on", &d);
			return any;
		}
	}
	return any;
}

void after_words(const struct hub *h, uint32_t j, struct buf *out)
{
	for (uint32_t e = h->jobs.job[j].after; e; e = h->afters.edge[e - 1].other + 1) {
		char id[UUID_TEXT];

		uuid_format(&h->afters.node[h->afters.edge[e - 1].node].id, id);
		buf_addf(out, "%s%s (%s)", out->len ? ", " : "", id, after_word(h->afters.edge[e - 1].when));
	}
}
