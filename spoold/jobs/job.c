/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job.h"

#include <stdlib.h>
#include <string.h>

void jobs_init(struct jobs *t)
{
	memset(t, 0, sizeof *t);
	t->free = NO_JOB;
}

void jobs_free(struct jobs *t)
{
	free(t->job);
	lookup_free(&t->by_id);
	jobs_init(t);
}

static bool grow_jobs(struct jobs *t)
{
	uint32_t cap = t->cap ? t->cap + t->cap / 2 : 1024;
	struct job *more;

	if (t->used < t->cap)
		return true;
	more = realloc(t->job, cap * sizeof *more);
	if (!more)
		return false;
	t->job = more;
	t->cap = cap;
	return true;
}

uint32_t jobs_add(struct jobs *t, const struct uuid *id)
{
	uint32_t j = t->free;

	if (!lookup_reserve(&t->by_id) || (j == NO_JOB && !grow_jobs(t)))
		return NO_JOB;
	if (j != NO_JOB)
		t->free = t->job[j].next;
	else
		j = t->used++;
	t->job[j] = (struct job){ .id = *id, .next = NO_JOB, .prev = NO_JOB, .site = NO_SITE,
				  .shunned = NO_SITE, .planned_at = NO_SITE, .phase = PHASE_PENDING };
	lookup_add(&t->by_id, uuid_hash(id), j);
	t->count++;
	t->in_phase[PHASE_PENDING]++;
	return j;
}

uint32_t jobs_find(const struct jobs *t, const struct uuid *id)
{
	uint32_t j, at = 0;

	while ((j = lookup_next(&t->by_id, uuid_hash(id), &at)) != NO_ITEM)
		if (!uuid_cmp(&t->job[j].id, id))
			return j;
	return NO_JOB;
}

void jobs_remove(struct jobs *t, uint32_t j)
{
	lookup_remove(&t->by_id, uuid_hash(&t->job[j].id), j);
	t->in_phase[t->job[j].phase]--;
	t->count--;
	t->job[j].next = t->free;
	t->free = j;
}

void jobs_set_phase(struct jobs *t, uint32_t j, enum phase p)
{
	t->in_phase[t->job[j].phase]--;
	t->in_phase[p]++;
	t->job[j].phase = (uint8_t)p;
}

/* --- lists ---------------------------------------------------------------- */

void job_list_append(struct jobs *t, struct job_list *l, uint32_t j)
{
	t->job[j].next = NO_JOB;
	t->job[j].prev = l->tail;
	if (l->tail != NO_JOB)
		t->job[l->tail].next = j;
	else
		l->head = j;
	l->tail = j;
	l->count++;
}

void job_list_prepend(struct jobs *t, struct job_list *l, uint32_t j)
{
	t->job[j].prev = NO_JOB;
	t->job[j].next = l->head;
	if (l->head != NO_JOB)
		t->job[l->head].prev = j;
	else
		l->tail = j;
	l->head = j;
	l->count++;
}

void job_list_remove(struct jobs *t, struct job_list *l, uint32_t j)
{
	uint32_t next = t->job[j].next, prev = t->job[j].prev;

	if (prev != NO_JOB)
		t->job[prev].next = next;
	else
		l->head = next;
	if (next != NO_JOB)
		t->job[next].prev = prev;
	else
		l->tail = prev;
	l->count--;
	t->job[j].next = t->job[j].prev = NO_JOB;
}
