/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays on disk: the lines that say how far they are, and beginning again. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "arrays_part.h"
#include "grow.h"
#include "instant.h"
#include "request.h"
#include "transition.h"

#define NOTE_EVERY (10 * SECOND_US)

/* --- lines ---------------------------------------------------------------------------- */

static void add_ranges(struct buf *line, const char *key, const struct ranges *r)
{
	struct buf text = BUF_INIT;

	buf_addc(&text, '"');
	ranges_write(r, &text);
	buf_addc(&text, '"');
	line_raw(line, key, text.s);
	line->failed |= text.failed;
	buf_free(&text);
}

void array_state(struct buf *line, const struct array_run *run)
{
	struct ranges live = { 0 };

	for (uint32_t i = 0; i < run->lives; i++)
		line->failed |= !ranges_add(&live, run->live[i].place, run->live[i].place);
	line_int(line, "array", run->spec->tasks);
	add_ranges(line, "todo", &run->todo);
	add_ranges(line, "live", &live);
	add_ranges(line, "bad", &run->bad);
	if (run->held.numbers)
		add_ranges(line, "held", &run->held);
	ranges_free(&live);
}

/* How many of those under way are in which phase. */
static void add_phases(struct hub *h, const struct array_run *run, struct buf *line)
{
	uint32_t n[PHASES] = { 0 };
	struct buf list = BUF_INIT;

	for (uint32_t i = 0; i < run->lives; i++)
		n[h->jobs.job[run->live[i].job].phase]++;
	buf_addc(&list, '{');
	for (int p = 0; p < PHASES; p++)
		if (n[p])
			buf_addf(&list, "%s%s: %u", list.len > 1 ? ", " : "", phase_name((enum phase)p), n[p]);
	buf_addc(&list, '}');
	line_raw(line, "under-way", list.s);
	line->failed |= list.failed;
	buf_free(&list);
}

static int note(struct hub *h, struct array_run *run, struct diag *d)
{
	struct buf line = BUF_INIT;
	int r;

	line_begin(&line);
	array_state(&line, run);
	add_phases(h, run, &line);
	line_time(&line, "time", h->now);
	if (run->begun)
		line_raw(&line, "begun", "true");
	r = transition_remark(h, run->job, &line, d);
	buf_free(&line);
	return r;
}

/* So a day makes some hundred lines, a minute six. */
int64_t array_note_at(const struct hub *h, const struct array_run *run)
{
	int64_t age = (h->now - run->record.time) / 50;

	return run->noted + (age > NOTE_EVERY ? age : NOTE_EVERY);
}

static bool worth_noting(const struct hub *h, const struct array_run *run, bool all)
{
	if (run->job == NO_JOB || h->jobs.job[run->job].fresh)
		return false;
	return run->urgent || run->unnoted >= (all ? 1 : 1000) || (run->changed && array_note_at(h, run) <= h->now);
}

void arrays_note(struct hub *h, bool all)
{
	struct arrays *a = &h->arrays;
	struct diag d = DIAG_INIT;

	if (!all && !a->to_note && !(a->note_at && a->note_at <= h->now))
		return;
	a->note_at = 0;
	for (uint32_t i = 0; i < a->used; i++) {
		struct array_run *run = &a->run[i];

		if (worth_noting(h, run, all)) {
			if (note(h, run, &d) < 0) {
				hub_trouble(h, "writing down how far an array is", &d);
				return;
			}
			run->unnoted = 0;
			run->changed = run->urgent = false;
			run->noted = h->now;
		} else if (run->job != NO_JOB && run->changed) {
			int64_t at = array_note_at(h, run);

			if (!a->note_at || at < a->note_at)
				a->note_at = at;
		}
	}
	a->to_note = 0;
}

/* --- beginning ---------------------------------------------------------------------------- */

int arrays_begin(struct hub *h, uint32_t j, const struct array *spec, const struct job_record *r,
		 const char *body, size_t len, struct diag *d)
{
	struct array_run *run = array_run_add(h, j, spec, d);

	if (!run)
		return -1;
	run->record = *r;
	run->noted = r->time;
	buf_add(&run->body, body, len);
	if (run->body.failed || !ranges_add(&run->todo, 0, spec->tasks - 1))
		return diag_nomem(d);
	array_due(h, run);
	return 0;
}

static bool read_ranges(const struct line *l, const char *key, struct ranges *r)
{
	const struct node *n = node_get(l->map, key);

	ranges_clear(r);
	return n && ranges_read(r, n->text);
}

static void read_closing(const struct line *l, struct array_run *run)
{
	const struct node *as = node_get(l->map, "closing"), *why = node_get(l->map, "text");
	int p = phase_parse(as->text, as->len);

	run->closing = p >= 0;
	run->as = p >= 0 ? (enum phase)p : PHASE_FAILED;
	snprintf(run->why, sizeof run->why, "%s", why ? why->text : "");
}

/* It was told to try again: what had failed is to be done once more. */
static bool read_again(const struct line *l, struct array_run *run)
{
	const struct node *time = node_get(l->map, "time");

	run->closing = run->begun = false;
	if (time && instant_parse(time->text, time->len, &run->again, NULL) < 0)
		run->again = 0;
	for (uint32_t i = 0; i < run->bad.count; i++)
		if (!ranges_add(&run->todo, run->bad.range[i].from, run->bad.range[i].to))
			return false;
	ranges_clear(&run->bad);
	return array_unhold(run);
}

/* Of lines that were written before there was any, none is held. */
static bool read_state(const struct line *l, struct array_run *run, struct ranges *live)
{
	run->begun |= node_get(l->map, "begun") != NULL;
	ranges_clear(&run->held);
	return read_ranges(l, "todo", &run->todo) && read_ranges(l, "live", live) &&
	       read_ranges(l, "bad", &run->bad) &&
	       (!node_get(l->map, "held") || read_ranges(l, "held", &run->held));
}

/* What the lines say; live gets those that were under way. */
static int read_lines(struct array_run *run, const struct buf *text, struct ranges *live, struct diag *d)
{
	struct line_reader r;
	struct line l;
	int got = jobfile_events(&r, text->s, text->len, d);
	bool good = true;

	while (got == 0 && good && line_next(&r, &l, NULL) > 0) {
		if (node_get(l.map, "closing"))
			read_closing(&l, run);
		else if (line_key_equals(&l, "phase", "pending"))
			good = read_again(&l, run);
		else if (node_get(l.map, "todo"))
			good = read_state(&l, run, live);
		else if (line_key_equals(&l, "command", "release"))
			good = array_unhold(run);
	}
	line_close(&r);
	return got < 0 ? -1 : good ? 0 : diag_set(d, "how far the array is cannot be read");
}

/* It ended before it was to be tried again. */
static bool is_older(struct hub *h, const struct array_run *run, const struct uuid *id, int phase)
{
	char name[SPOOL_JOB_NAME];
	struct stat st;

	spool_job_name(id, name);
	return run->again && fstatat(h->spool.jobs[phase], name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (int64_t)st.st_mtim.tv_sec * SECOND_US + st.st_mtim.tv_nsec / 1000 < run->again;
}

/* A task that was made, or may have been: true if it was. */
static bool look_at(struct hub *h, struct array_run *run, uint32_t place)
{
	struct uuid id;
	int phase;

	array_task_id(h, run, place, &id);
	phase = spool_job_find(&h->spool, &id);
	if (phase < 0 || (phase_final((enum phase)phase) && phase != PHASE_COMPLETED && is_older(h, run, &id, phase)))
		return false;
	if (phase_final((enum phase)phase) && phase != PHASE_COMPLETED)
		ranges_add(&run->bad, place, place);
	array_begun(h, run, (enum phase)phase);
	ranges_remove(&run->todo, place);
	return true;
}

/* What ended since the last line, and what was made.  Tasks are made in the
 * order of their places, so the first that is not there is the first that was
 * not made; those that live are found by themselves (arrays_adopt). */
static void look_at_all(struct hub *h, struct array_run *run, const struct ranges *live)
{
	for (uint32_t i = 0; i < live->count; i++)
		for (uint32_t place = live->range[i].from; place <= live->range[i].to; place++)
			if (!look_at(h, run, place))
				ranges_add(&run->todo, place, place);
	while (run->todo.numbers && look_at(h, run, ranges_first(&run->todo)))
		;
}

static int read_spec(struct array_run *run, const struct job_state *st, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct request r;
	int got = -1;

	if (tree_parse(&t, st->body, st->body_len, NULL, d) == 0 && request_read(&t, t.root, &r, d) == 0) {
		*run->spec = r.array;
		got = r.array.tasks ? 0 : diag_set(d, "it is no array");
	}
	tree_free(&t);
	return got;
}

int arrays_recover(struct hub *h, uint32_t j, const struct buf *text, struct diag *d)
{
	struct array none = { .tasks = 0 };
	struct array_run *run = array_run_add(h, j, &none, d);
	struct ranges live = { 0 };
	struct job_state st;
	int r;

	if (!run || jobfile_read(text->s, text->len, &st, d) < 0 || read_spec(run, &st, d) < 0)
		return -1;
	run->record = st.record;
	run->noted = h->now;
	buf_add(&run->body, st.body, st.body_len);
	if (run->body.failed || !ranges_add(&run->todo, 0, run->spec->tasks - 1))
		return diag_nomem(d);
	r = read_lines(run, text, &live, d);
	if (r == 0)
		look_at_all(h, run, &live);
	ranges_free(&live);
	array_due(h, run);
	return r;
}

/* --- tasks and arrays find each other ---------------------------------------------------------- */

static bool adopt(struct hub *h, uint32_t j, const struct uuid *array, uint32_t index)
{
	uint32_t parent = jobs_find(&h->jobs, array), place;
	struct array_run *run = parent == NO_JOB ? NULL : array_run_of(h, parent);

	place = run ? array_place(run->spec, index) : UINT32_MAX;
	if (place == UINT32_MAX || !array_live_add(h, run, place, j))
		return false;
	ranges_remove(&run->todo, place);
	ranges_remove(&run->bad, place);
	array_begun(h, run, (enum phase)h->jobs.job[j].phase);
	return true;
}

int arrays_adopt(struct hub *h, uint32_t j, const struct job_record *r, struct diag *d)
{
	struct arrays *a = &h->arrays;

	h->jobs.job[j].task = true;
	if (adopt(h, j, &r->array, r->index) || a->started)
		return 0;
	if (!grow(&a->orphan, a->orphans, &a->orphan_cap, sizeof *a->orphan))
		return diag_nomem(d);
	a->orphan[a->orphans++] = (struct array_orphan){ j, r->array, r->index };
	return 0;
}

void arrays_adopt_all(struct hub *h)
{
	for (uint32_t i = 0; i < h->arrays.orphans; i++)
		adopt(h, h->arrays.orphan[i].job, &h->arrays.orphan[i].array, h->arrays.orphan[i].index);
	h->arrays.orphans = 0;
	h->arrays.started = true;
}
