/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists of index.h: a job stands in the list of each of its values, and in
 * no other; a value of which there is no job has no name in the view.
 */
#include "index_part.h"

void index_touch_names(struct index *ix, int64_t *changed, bool *seen, int kind)
{
	*changed = index_clock();
	if (*seen)
		stale_inode(&ix->stale, tree_ino(kind, 0, 0, 0));
	*seen = false;
}

static void touch_value(struct index *ix, enum by by, uint32_t number)
{
	struct value *v = &ix->by[by].v[number];

	v->changed = index_clock();
	if (v->seen)
		stale_inode(&ix->stale, index_value_ino(ix, by, number));
	v->seen = 0;
}

static void touch_by(struct index *ix, enum by by)
{
	index_touch_names(ix, &ix->by_changed[by], &ix->by_seen[by], TREE_BY + (int)by);
}

static void list_remove(struct index *ix, struct job *j, enum by by)
{
	struct value *v = &ix->by[by].v[j->value[by]];
	uint32_t prev = j->list[by].prev, next = j->list[by].next;

	if (prev)
		ix->job[prev].list[by].next = next;
	else
		v->head = next;
	if (next)
		ix->job[next].list[by].prev = prev;
	v->count--;
}

static void list_add(struct index *ix, struct job *j, enum by by)
{
	struct value *v = &ix->by[by].v[j->value[by]];

	j->list[by].prev = 0;
	j->list[by].next = v->head;
	if (v->head)
		ix->job[v->head].list[by].prev = index_number_of(ix, j);
	v->head = index_number_of(ix, j);
	v->count++;
}

void index_leave_value(struct index *ix, struct job *j, enum by by)
{
	struct values *s = &ix->by[by];
	uint32_t old = j->value[by];
	char id[UUID_TEXT];

	if (!old)
		return;
	if (ix->seen[index_number_of(ix, j)] & JOB_SEEN_LINK << by) {
		uuid_format(&j->id, id);
		stale_name(&ix->stale, index_value_ino(ix, by, old), id);
		index_unsee(ix, j, JOB_SEEN_LINK << by);
	}
	list_remove(ix, j, by);
	if (by == BY_SHAPE && s->v[old].refs == 1) {
		value_put(&ix->reasons, s->v[old].reason);
		value_put(&ix->reasons, s->v[old].eta);
	} else if (s->v[old].refs == 1) {
		stale_name(&ix->stale, tree_ino(TREE_BY + (int)by, 0, 0, 0), s->v[old].text);
		touch_by(ix, by);
	} else {
		touch_value(ix, by, old);
	}
	value_put(s, old);
	j->value[by] = 0;
}

/* number: already referred to for this job; 0: none. */
static void set_value(struct index *ix, struct job *j, enum by by, uint32_t number, bool fresh)
{
	if (number == j->value[by]) {
		value_put(&ix->by[by], number);
		return;
	}
	index_leave_value(ix, j, by);
	if (!number)
		return;
	j->value[by] = number;
	list_add(ix, j, by);
	touch_value(ix, by, number);
	if (fresh && by < BYS)
		touch_by(ix, by);
}

bool index_set_text(struct index *ix, struct job *j, enum by by, const char *text, size_t len)
{
	bool fresh = false;
	uint32_t number = len ? value_get(&ix->by[by], text, len, &fresh) : 0;

	if (len && !number)
		return false;
	set_value(ix, j, by, number, fresh);
	return true;
}

void index_show(struct index *ix, struct job *j, enum phase shown)
{
	uint32_t number = ix->phase_value[shown];

	ix->by[BY_PHASE].v[number].refs++;
	set_value(ix, j, BY_PHASE, number, false);
	j->shown = (uint8_t)shown;
}

/* One that stays where it is is shown as before. */
void index_set_phase(struct index *ix, struct job *j, enum phase phase)
{
	if (j->value[BY_PHASE] && j->phase == (uint8_t)phase)
		return;
	j->phase = (uint8_t)phase;
	index_show(ix, j, phase);
}
