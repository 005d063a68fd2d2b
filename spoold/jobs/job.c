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
	free(t->slot);
	jobs_init(t);
}

/* The tail of a UUIDv7 is random: it is its own hash. */
static uint32_t hash(const struct uuid *id)
{
	uint32_t h;

	memcpy(&h, id->b + 12, sizeof h);
	return h;
}

static void put(struct jobs *t, uint32_t j)
{
	uint32_t i = hash(&t->job[j].id) & (t->slots - 1);

	while (t->slot[i])
		i = (i + 1) & (t->slots - 1);
	t->slot[i] = j + 1;
}

/* At most two thirds full. */
static bool grow_slots(struct jobs *t)
{
	uint32_t old = t->slots, *slot = t->slot;

	if (t->slots && (uint64_t)(t->count + 1) * 3 <= (uint64_t)t->slots * 2)
		return true;
	t->slots = old ? old * 2 : 1024;
	t->slot = calloc(t->slots, sizeof *t->slot);
	if (!t->slot) {
		t->slot = slot;
		t->slots = old;
		return false;
	}
	for (uint32_t i = 0; i < old; i++)
		if (slot[i])
			put(t, slot[i] - 1);
	free(slot);
	return true;
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

	if (!grow_slots(t) || (j == NO_JOB && !grow_jobs(t)))
		return NO_JOB;
	if (j != NO_JOB)
		t->free = t->job[j].next;
	else
		j = t->used++;
	t->job[j] = (struct job){ .id = *id, .next = NO_JOB, .prev = NO_JOB, .site = NO_SITE,
				  .shunned = NO_SITE, .planned_at = NO_SITE, .phase = PHASE_PENDING };
	put(t, j);
	t->count++;
	t->in_phase[PHASE_PENDING]++;
	return j;
}

static uint32_t find_slot(const struct jobs *t, const struct uuid *id)
{
	uint32_t i;

	if (!t->slots)
		return UINT32_MAX;
	for (i = hash(id) & (t->slots - 1); t->slot[i]; i = (i + 1) & (t->slots - 1))
		if (!uuid_cmp(&t->job[t->slot[i] - 1].id, id))
			return i;
	return UINT32_MAX;
}

uint32_t jobs_find(const struct jobs *t, const struct uuid *id)
{
	uint32_t i = find_slot(t, id);

	return i == UINT32_MAX ? NO_JOB : t->slot[i] - 1;
}

/* Open addressing without tombstones: whatever was pushed past the hole is
 * moved back into it. */
static void close_hole(struct jobs *t, uint32_t hole)
{
	uint32_t mask = t->slots - 1, i = hole;

	for (;;) {
		uint32_t home;

		i = (i + 1) & mask;
		if (!t->slot[i])
			break;
		home = hash(&t->job[t->slot[i] - 1].id) & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			t->slot[hole] = t->slot[i];
			hole = i;
		}
	}
	t->slot[hole] = 0;
}

void jobs_remove(struct jobs *t, uint32_t j)
{
	uint32_t i = find_slot(t, &t->job[j].id);

	if (i != UINT32_MAX)
		close_hole(t, i);
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
