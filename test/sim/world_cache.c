/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include <stdlib.h>

/* --- what may go, the least recently used first ------------------------------------ */

static void unlist(struct sim_site *s, uint32_t file)
{
	struct sim_copy *c = &s->copy[file];

	if (c->newer == NONE)
		s->newest = c->older;
	else
		s->copy[c->newer].older = c->older;
	if (c->older == NONE)
		s->oldest = c->newer;
	else
		s->copy[c->older].newer = c->newer;
}

static void list(struct sim_site *s, uint32_t file)
{
	struct sim_copy *c = &s->copy[file];

	c->newer = NONE;
	c->older = s->newest;
	if (s->newest != NONE)
		s->copy[s->newest].newer = file;
	else
		s->oldest = file;
	s->newest = file;
}

static void set_state(struct world *w, uint32_t site, uint32_t file, enum copy_state state)
{
	w->site[site].copy[file].state = (uint8_t)state;
	if (w->copy_changed)
		w->copy_changed(w->arg, site, file, state);
}

/* Take room for so much, if need be of what nobody uses.  All or nothing. */
static bool make_room(struct world *w, uint32_t site, uint64_t bytes)
{
	struct sim_site *s = &w->site[site];
	uint64_t room = s->cache - s->used;

	for (uint32_t f = s->oldest; f != NONE && room < bytes; f = s->copy[f].newer)
		room += w->t->file[f].bytes;
	if (room < bytes)
		return false;
	while (s->cache - s->used < bytes) {
		uint32_t f = s->oldest;

		unlist(s, f);
		s->used -= w->t->file[f].bytes;
		set_state(w, site, f, COPY_NONE);
		if (w->evicted)
			w->evicted(w->arg, site, f);
	}
	s->used += bytes;
	if (s->used > s->cache)
		world_fail(w, "the cache of site %u holds more than it can", site);
	return true;
}

/* --- inputs -------------------------------------------------------------------------- */

static bool wait_for(struct world *w, uint32_t job, uint32_t transfer)
{
	uint32_t i = w->wait_free;

	if (i != NONE) {
		w->wait_free = w->wait[i].next;
	} else {
		if (w->waits == w->wait_cap) {
			uint32_t cap = w->wait_cap ? w->wait_cap * 2 : 1024;
			struct sim_wait *more = realloc(w->wait, cap * sizeof *more);

			if (!more) {
				w->failed = diag_nomem(w->d);
				return false;
			}
			w->wait = more;
			w->wait_cap = cap;
		}
		i = w->waits++;
	}
	w->wait[i] = (struct sim_wait){ job, w->transfer[transfer].waits };
	w->transfer[transfer].waits = i;
	w->transfer[transfer].waiters++;
	w->state[job].missing++;
	return true;
}

static void pin(struct world *w, uint32_t job, uint32_t file)
{
	struct sim_state *st = &w->state[job];

	w->site[st->site].copy[file].pins++;
	st->pinned[st->pins++] = file;
}

static void fetch(struct world *w, uint32_t job, uint32_t site, uint32_t file)
{
	struct sim_transfer t = { (uint8_t)site, false, false, file, job, NONE, 0, w->t->file[file].bytes, w->now };
	uint32_t i;

	t.streamed = !make_room(w, site, t.bytes);
	w->fetched += t.bytes;
	i = world_transfer(w, &t, world_weight(w, site, file));
	if (i == NONE)
		return;
	if (!t.streamed) {
		w->site[site].copy[file].transfer = i;
		pin(w, job, file);
		set_state(w, site, file, COPY_COMING);
	}
	wait_for(w, job, i);
}

static void use(struct world *w, uint32_t job, uint32_t site, uint32_t file)
{
	struct sim_copy *c = &w->site[site].copy[file];

	if (c->state == COPY_HERE && !c->pins)
		unlist(&w->site[site], file);
	pin(w, job, file);
	if (c->state == COPY_COMING)
		wait_for(w, job, c->transfer);
}

void world_stage(struct world *w, uint32_t job)
{
	const struct sim_list *in = &w->t->job[job].in;
	const uint32_t *file = w->t->list + in->first;
	struct sim_state *st = &w->state[job];
	bool *there;

	if (w->o.datafree || !in->count)
		return;
	st->pinned = malloc(in->count * sizeof *st->pinned);
	there = malloc(in->count * sizeof *there);
	if (!st->pinned || !there) {
		w->failed = diag_nomem(w->d);
		free(there);
		return;
	}
	/* What is there is kept first, lest it makes room for the rest. */
	for (uint32_t i = 0; i < in->count; i++)
		if ((there[i] = w->site[st->site].copy[file[i]].state != COPY_NONE))
			use(w, job, st->site, file[i]);
	for (uint32_t i = 0; i < in->count; i++)
		if (there[i])
			continue;
		else if (w->site[st->site].copy[file[i]].state == COPY_NONE)
			fetch(w, job, st->site, file[i]);
		else
			use(w, job, st->site, file[i]);
	free(there);
}

void world_arrived(struct world *w, uint32_t transfer)
{
	struct sim_transfer *t = &w->transfer[transfer];

	if (!t->streamed)
		set_state(w, t->site, t->file, COPY_HERE);
	while (t->waits != NONE) {
		uint32_t i = t->waits, job = w->wait[i].job;

		t->waits = w->wait[i].next;
		w->wait[i].next = w->wait_free;
		w->wait_free = i;
		if (--w->state[job].missing == 0)
			w->state[job].phase = SIM_READY;
	}
}

void world_unpin(struct world *w, uint32_t job)
{
	struct sim_state *st = &w->state[job];
	struct sim_site *s = &w->site[st->site];

	while (st->pins) {
		uint32_t file = st->pinned[--st->pins];

		if (--s->copy[file].pins == 0)
			list(s, file);
	}
	free(st->pinned);
	st->pinned = NULL;
}

void world_keep_outputs(struct world *w, uint32_t job)
{
	const struct sim_list *out = &w->t->job[job].out;
	uint32_t site = w->state[job].site;
	struct sim_site *s = &w->site[site];

	for (uint32_t i = 0; i < out->count && !w->o.datafree; i++) {
		uint32_t file = w->t->list[out->first + i];
		struct sim_copy *c = &s->copy[file];

		if (c->state != COPY_NONE || !make_room(w, site, w->t->file[file].bytes))
			continue;
		c->pins = 0;
		list(s, file);
		set_state(w, site, file, COPY_HERE);
	}
}
