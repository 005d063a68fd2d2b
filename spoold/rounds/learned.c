/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "learned.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub.h"
#include "instant.h"

enum { NAME_KEY = 1, USER_KEY = 2 };	/* what a key is of; of shapes: any other */

/* --- keys --------------------------------------------------------------------------- */

/* Tasks are called NAME.INDEX. */
uint32_t learned_name(const struct hub *h, const struct job_record *r)
{
	size_t len = strlen(r->name);
	uint32_t hash;

	while (r->task && len && r->name[len - 1] != '.')
		len--;
	len -= r->task && len;
	hash = len ? (uint32_t)shapes_hash(&h->shapes, r->name, len) : 0;
	return len && !hash ? 1 : hash;
}

uint64_t learned_key(const struct hub *h, uint32_t j, enum learned_basis b)
{
	const struct job *job = &h->jobs.job[j];
	uint64_t what = b == LEARNED_NAME ? (uint64_t)job->name << 8 | NAME_KEY
		      : b == LEARNED_USER ? USER_KEY : h->shapes.row[job->shape].hash;

	if (b == LEARNED_NAME && !job->name)
		return 0;
	return ((what ^ (job->owner * UINT64_C(0x9e3779b97f4a7c15))) * UINT64_C(0xff51afd7ed558ccd)) | 1;
}

static struct learned_slot *slot_of(const struct hub *h, uint64_t key)
{
	return &h->learned.slot[key >> 33 & (LEARNED_SLOTS - 1)];
}

static bool make_slots(struct hub *h)
{
	if (!h->learned.slot)
		h->learned.slot = calloc(LEARNED_SLOTS, sizeof *h->learned.slot);
	return h->learned.slot;
}

/* --- run times ------------------------------------------------------------------------ */

enum learned_basis learned_times(const struct hub *h, uint32_t j, const struct run_times **times)
{
	for (enum learned_basis b = LEARNED_NAME; h->learned.slot && b < LEARNED_ALL; b++) {
		uint64_t key = learned_key(h, j, b);

		if (key && slot_of(h, key)->key == key) {
			*times = &slot_of(h, key)->times;
			return b;
		}
	}
	*times = h->learned.all.count > 0 ? &h->learned.all : NULL;
	return *times ? LEARNED_ALL : LEARNED_NOTHING;
}

const struct run_times *learned_of(const struct hub *h, uint64_t key)
{
	return h->learned.slot && slot_of(h, key)->key == key ? &slot_of(h, key)->times : NULL;
}

void learned_add(struct hub *h, uint64_t key, double seconds)
{
	struct learned_slot *s;

	if (!make_slots(h))
		return;
	s = slot_of(h, key);
	if (s->key != key)
		*s = (struct learned_slot){ .key = key };
	run_times_add(&s->times, seconds);
	h->learned.stale = true;
}

/* What others of its kind took, at speed 1, is what it should have taken here. */
void learned_ran(struct hub *h, uint32_t j, double seconds)
{
	const struct job *job = &h->jobs.job[j];
	struct site *s = h->sites.site[job->site];
	const struct run_times *like;

	if (!make_slots(h))
		return;
	if (learned_times(h, j, &like) <= LEARNED_SHAPE && seconds > 0)
		site_speed_add(&s->speed, seconds / exp((double)like->mean));
	seconds *= site_speed(&s->speed);
	if (job->name)
		learned_add(h, learned_key(h, j, LEARNED_NAME), seconds);
	learned_add(h, learned_key(h, j, LEARNED_SHAPE), seconds);
	learned_add(h, learned_key(h, j, LEARNED_USER), seconds);
	run_times_add(&h->learned.all, seconds);
	h->learned.stale = true;
}

/* --- visits --------------------------------------------------------------------------- */

/* While nobody listened the site may have come or not: a gap tells something if
 * most of it was heard. */
void learned_heard(struct hub *h, struct site *s)
{
	double now = (double)h->now / SECOND_US, deaf = (double)(h->started - h->learned.loaded) / SECOND_US;
	bool first = s->visits.last < (double)h->started / SECOND_US;

	if (first && s->visits.last > 0 && now - s->visits.last < 2 * deaf)
		s->visits.last = now;
	else
		visits_add(&s->visits, now);
	h->learned.stale = true;
}

void learned_put(struct hub *h, uint64_t key, const struct run_times *t)
{
	if (make_slots(h))
		*slot_of(h, key) = (struct learned_slot){ key, *t };
}

void learned_free(struct hub *h)
{
	free(h->learned.slot);
	h->learned = (struct learned){ .slot = NULL };
}
