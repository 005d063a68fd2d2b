/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arrays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "after.h"
#include "arrays_part.h"
#include "bisect.h"
#include "fresh.h"
#include "grow.h"
#include "queue.h"
#include "revive.h"
#include "transition.h"

/* --- the table ----------------------------------------------------------------------- */

struct array_run *array_run_of(struct hub *h, uint32_t j)
{
	uint32_t i = h->jobs.job[j].array;

	return i ? &h->arrays.run[i - 1] : NULL;
}

struct array_run *array_run_add(struct hub *h, uint32_t j, const struct array *spec, struct diag *d)
{
	struct arrays *a = &h->arrays;
	uint32_t i = 0;

	while (i < a->used && a->run[i].job != NO_JOB)
		i++;
	if (!grow(&a->run, i, &a->cap, sizeof *a->run)) {
		diag_nomem(d);
		return NULL;
	}
	a->run[i] = (struct array_run){ .job = j, .spec = malloc(sizeof *spec), .body = BUF_INIT };
	if (!a->run[i].spec) {
		a->run[i].job = NO_JOB;
		diag_nomem(d);
		return NULL;
	}
	*a->run[i].spec = *spec;
	if (i == a->used)
		a->used++;
	h->jobs.job[j].array = i + 1;
	h->jobs.job[j].tasks = h->jobs.job[j].rests = true;
	return &a->run[i];
}

static void run_free(struct array_run *run)
{
	free(run->spec);
	ranges_free(&run->todo);
	ranges_free(&run->held);
	ranges_free(&run->bad);
	free(run->live);
	buf_free(&run->body);
	*run = (struct array_run){ .job = NO_JOB };
}

void arrays_free(struct arrays *a)
{
	for (uint32_t i = 0; i < a->used; i++)
		run_free(&a->run[i]);
	free(a->run);
	free(a->due);
	free(a->orphan);
	*a = (struct arrays){ 0 };
}

/* Without memory it is looked at with the next that is. */
void array_due(struct hub *h, struct array_run *run)
{
	struct arrays *a = &h->arrays;

	if (run->due || !grow(&a->due, a->dues, &a->due_cap, sizeof *a->due))
		return;
	a->due[a->dues++] = (uint32_t)(run - a->run);
	run->due = true;
}

/* --- tasks ------------------------------------------------------------------------------ */

void array_task_id(const struct hub *h, const struct array_run *run, uint32_t place, struct uuid *id)
{
	array_id(&h->jobs.job[run->job].id, place, id);
}

static uint32_t find_live(const struct array_run *run, uint32_t place)
{
	uint32_t lo = 0, hi = run->lives;

	BISECT(lo, hi, run->live[mid].place < place);
	return lo;
}

bool array_live_add(struct hub *h, struct array_run *run, uint32_t place, uint32_t j)
{
	uint32_t at = find_live(run, place);

	if (!grow(&run->live, run->lives, &run->live_cap, sizeof *run->live))
		return false;
	memmove(run->live + at + 1, run->live + at, (run->lives - at) * sizeof *run->live);
	run->live[at] = (struct array_task){ place, j };
	run->lives++;
	h->jobs.job[j].task = true;
	h->jobs.job[j].array = (uint32_t)(run - h->arrays.run) + 1;
	h->jobs.job[j].place = place;
	return true;
}

static void live_remove(struct array_run *run, uint32_t place)
{
	uint32_t at = find_live(run, place);

	if (at == run->lives || run->live[at].place != place)
		return;
	run->lives--;
	memmove(run->live + at, run->live + at + 1, (run->lives - at) * sizeof *run->live);
}

int arrays_task(const struct hub *h, uint32_t array, uint32_t index, struct uuid *id, bool *made)
{
	const struct array_run *run = &h->arrays.run[h->jobs.job[array].array - 1];
	uint32_t place = array_place(run->spec, index);

	if (place == UINT32_MAX)
		return -1;
	array_task_id(h, run, place, id);
	*made = run->closing || !(ranges_has(&run->todo, place) || ranges_has(&run->held, place));
	return 0;
}

uint32_t arrays_before(const struct hub *h, uint32_t array, uint32_t *at)
{
	const struct array_run *run = &h->arrays.run[h->jobs.job[array].array - 1];

	if (*at > run->lives)
		*at = run->lives;
	return *at ? run->live[--*at].job : NO_JOB;
}

/* "${index}" becomes the index, wherever it stands. */
static void fill_in(const struct buf *body, uint32_t index, struct buf *out)
{
	static const char mark[] = "${index}";
	const char *at = body->s, *end = body->s + body->len, *hit;

	while ((hit = memmem(at, (size_t)(end - at), mark, sizeof mark - 1))) {
		buf_add(out, at, (size_t)(hit - at));
		buf_addu(out, index);
		at = hit + sizeof mark - 1;
	}
	buf_add(out, at, (size_t)(end - at));
}

static uint32_t make(struct hub *h, struct array_run *run, uint32_t place, const struct uuid *id, struct diag *d)
{
	uint32_t index = array_index(run->spec, place), j = NO_JOB, shape = h->jobs.job[run->job].shape;
	struct job_record r = run->record;
	struct buf body = BUF_INIT;

	r.id = *id;
	r.time = h->now;
	r.tasks = 0;
	r.task = true;
	r.array = h->jobs.job[run->job].id;
	r.index = index;
	snprintf(r.source, sizeof r.source, "array");
	if (run->record.name[0])
		snprintf(r.name, sizeof r.name, "%.200s.%u", run->record.name, index);
	fill_in(&run->body, index, &body);
	if (body.failed)
		diag_nomem(d);
	else
		j = fresh_add(h, &r, shape, body.s, body.len, d);
	buf_free(&body);
	if (j != NO_JOB)
		h->jobs.job[j].since = h->jobs.job[run->job].since;
	return j;
}

/* The array is out of the queue. */
static void rest(struct hub *h, const struct array_run *run)
{
	queue_take(h, run->job);
	h->jobs.job[run->job].rests = true;
	queue_put(h, run->job, false);
}

enum { NOTE_AFTER = 1000 };

/* A line of the file is as long as its tasks are scattered: it is written when
 * many times as many tasks were made, so that it costs each of them little. */
static void count(struct hub *h, struct array_run *run)
{
	uint32_t enough = run->lives * 4 > NOTE_AFTER ? run->lives * 4 : NOTE_AFTER;

	h->arrays.to_note += ++run->unnoted == enough;
}

void array_begun(struct hub *h, struct array_run *run, enum phase task)
{
	if (run->begun || task < PHASE_RUNNING || task == PHASE_CANCELLED || task == PHASE_EXPIRED)
		return;
	run->begun = run->urgent = true;
	h->arrays.note_at = 1;
}

void arrays_moved(struct hub *h, uint32_t j)
{
	struct array_run *run = array_run_of(h, j);
	int64_t at;

	if (!run)
		return;
	array_begun(h, run, (enum phase)h->jobs.job[j].phase);
	if (run->changed)
		return;
	run->changed = true;
	at = array_note_at(h, run);
	if (!h->arrays.note_at || at < h->arrays.note_at)
		h->arrays.note_at = at;
}

/* Whose file is not a job's any more stays what it was; the others go on. */
static int try_again(struct hub *h, struct array_run *run, uint32_t place, const struct uuid *id, enum phase from,
		     uint32_t *job, struct diag *d)
{
	if (revive_read(h, id, from, "its array", job, d) == 0)
		return 0;
	if (d->err)
		return -1;
	hub_log("a task of an array cannot be tried again: %s", d->text);
	h->count.errors++;
	*d = (struct diag)DIAG_INIT;
	return ranges_add(&run->bad, place, place) ? 0 : diag_nomem(d);
}

uint32_t arrays_next(struct hub *h, uint32_t array, struct diag *d)
{
	struct array_run *run = array_run_of(h, array);
	uint32_t j = NO_JOB;

	while (j == NO_JOB && run->todo.numbers) {
		uint32_t place = ranges_first(&run->todo);
		struct uuid id;
		int phase;

		array_task_id(h, run, place, &id);
		phase = spool_job_find(&h->spool, &id);
		if (phase < 0 && (j = make(h, run, place, &id, d)) == NO_JOB)
			return NO_JOB;
		if (phase >= 0 && phase_final((enum phase)phase) && phase != PHASE_COMPLETED &&
		    try_again(h, run, place, &id, (enum phase)phase, &j, d) < 0)
			return NO_JOB;
		if (j != NO_JOB && h->jobs.job[j].array == 0 && !array_live_add(h, run, place, j)) {
			if (phase < 0)
				fresh_drop(h, j);
			diag_nomem(d);
			return NO_JOB;
		}
		ranges_remove(&run->todo, place);
		count(h, run);
		if (j != NO_JOB && h->jobs.job[j].hangs == HANGS_NOWHERE)
			queue_put(h, j, true);
	}
	if (!run->todo.numbers || (run->spec->most && run->lives >= run->spec->most))
		rest(h, run);
	if (!run->lives)
		array_due(h, run);
	return j;
}

void arrays_left(struct hub *h, uint32_t j, enum phase phase)
{
	struct job *job = &h->jobs.job[j];
	struct array_run *run = array_run_of(h, j);

	if (!run)
		return;
	job->array = 0;
	if (job->task) {
		live_remove(run, job->place);
		if (!phase_final(phase))
			ranges_add(&run->todo, job->place, job->place);
		else if (phase != PHASE_COMPLETED)
			ranges_add(&run->bad, job->place, job->place);
		array_due(h, run);
		return;
	}
	for (uint32_t i = 0; i < run->lives; i++)
		h->jobs.job[run->live[i].job].array = 0;
	if (run->todo.numbers || run->held.numbers)
		after_unmade(h, &job->id);
	run_free(run);
}

/* --- the end --------------------------------------------------------------------------------- */

static int end(struct hub *h, struct array_run *run, struct diag *d)
{
	enum phase to = run->closing ? run->as : run->bad.numbers ? PHASE_FAILED : PHASE_COMPLETED;
	struct buf line = BUF_INIT, text = BUF_INIT;
	int r;

	transition_line(h, &line, run->job, to);
	array_state(&line, run);
	if (run->bad.numbers)
		buf_addf(&text, "%ju of %u tasks did not complete", (uintmax_t)run->bad.numbers, run->spec->tasks);
	if (run->closing && run->why[0])
		buf_addf(&text, "%s%s", text.len ? "; " : "", run->why);
	if (text.len)
		line_text(&line, "text", text.s);
	r = transition_make(h, run->job, to, &line, d);
	buf_free(&line);
	buf_free(&text);
	return r;
}

int arrays_close(struct hub *h, uint32_t array, enum phase as, const char *answer, const char *text,
		 struct diag *d)
{
	struct array_run *run = array_run_of(h, array);
	struct buf line = BUF_INIT;
	int r = 0;

	if (!run->closing) {
		line_begin(&line);
		line_text(&line, "closing", phase_name(as));
		line_time(&line, "time", h->now);
		if (answer)
			line_text(&line, "answer", answer);
		line_text(&line, "text", text);
		r = transition_remark(h, array, &line, d);
		buf_free(&line);
	}
	if (r < 0)
		return -1;
	if (!run->closing)
		snprintf(run->why, sizeof run->why, "%s", text);
	run->closing = true;
	run->as = as;
	rest(h, run);
	array_due(h, run);
	return 0;
}

/* Does it still stand in the queue's way, or could it go on?  -1: *d. */
static int tend(struct hub *h, struct array_run *run, struct diag *d)
{
	struct job *job = &h->jobs.job[run->job];
	bool done = run->closing || !(run->todo.numbers || run->held.numbers);

	if (done && !run->lives)
		return end(h, run, d);
	if (done || !run->todo.numbers || !job->rests || (run->spec->most && run->lives >= run->spec->most))
		return 0;
	queue_take(h, run->job);
	job->rests = false;
	queue_put(h, run->job, true);
	return 0;
}

bool arrays_tend(struct hub *h)
{
	struct arrays *a = &h->arrays;
	struct diag d = DIAG_INIT;
	uint32_t kept = 0, n = a->dues;
	bool any = false;

	for (uint32_t i = 0; i < n; i++) {
		struct array_run *run = &a->run[a->due[i]];

		if (run->job == NO_JOB)
			continue;
		run->due = false;
		/* Its tasks must not be on disk before it is. */
		if (h->jobs.job[run->job].fresh || tend(h, run, &d) < 0) {
			if (!h->jobs.job[run->job].fresh)
				hub_trouble(h, "ending an array", &d);
			run->due = true;
			a->due[kept++] = a->due[i];
		} else {
			any = true;
		}
	}
	a->dues = kept;
	return any;
}
