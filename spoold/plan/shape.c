/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape_part.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool shape_copy_list(struct tree *arena, const struct text_list *from, struct text_list *to)
{
	uint32_t n = 0;

	*to = (struct text_list){ 0 };
	if (!from->count)
		return true;
	to->item = tree_alloc(arena, from->count * sizeof *to->item);
	if (!to->item)
		return false;
	for (uint32_t i = 0; i < from->count; i++)
		if (!(to->item[i] = tree_strdup(arena, from->item[i], strlen(from->item[i]))))
			return false;
	qsort(to->item, from->count, sizeof *to->item, by_text);
	for (uint32_t i = 0; i < from->count; i++)
		if (!n || strcmp(to->item[n - 1], to->item[i]))
			to->item[n++] = to->item[i];
	to->count = n;
	return true;
}

static bool copy_text(struct tree *arena, const char *from, const char **to)
{
	*to = from ? tree_strdup(arena, from, strlen(from)) : NULL;
	return !from || *to;
}

/* The GPUs of one type together, whatever resources they belong to: a site has
 * to have them all at once. */
static bool add_gpus(struct tree *arena, const struct compute *c, struct shape *s)
{
	uint64_t count = (uint64_t)c->gpus * c->replicas;
	uint32_t i = 0;

	while (i < s->gpus && (c->gpu_type ? !s->gpu[i].type || strcmp(s->gpu[i].type, c->gpu_type)
					   : s->gpu[i].type != NULL))
		i++;
	if (i == s->gpus) {
		s->gpu[i].count = 0;
		if (!copy_text(arena, c->gpu_type, &s->gpu[i].type))
			return false;
		s->gpus++;
	}
	count += s->gpu[i].count;
	s->gpu[i].count = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
	return true;
}

static bool add_typed(struct tree *arena, const struct compute *c, struct shape *s)
{
	struct shape_compute *to = &s->compute[s->computes++];

	to->detail = c->detail ? node_copy(arena, c->detail) : NULL;
	return copy_text(arena, c->type, &to->type) && (to->detail || !c->detail);
}

static bool copy_compute(struct tree *arena, const struct request *r, struct shape *s)
{
	s->gpu = tree_alloc(arena, (r->computes + 1) * sizeof *s->gpu);
	s->compute = tree_alloc(arena, (r->computes + 1) * sizeof *s->compute);
	if (!s->gpu || !s->compute)
		return false;
	for (uint32_t i = 0; i < r->computes; i++) {
		const struct compute *c = &r->compute[i];

		if ((c->type && !add_typed(arena, c, s)) || (c->gpus && !add_gpus(arena, c, s)))
			return false;
	}
	return true;
}

#define THEN(a, b) if ((a) != (b)) return (a) < (b) ? -1 : 1

static int by_size(const void *a, const void *b)
{
	const struct shape_part *x = a, *y = b;

	THEN(x->cores, y->cores);
	THEN(x->most_cores, y->most_cores);
	THEN(x->memory, y->memory);
	THEN(x->most_memory, y->most_memory);
	THEN(x->replicas, y->replicas);
	return 0;
}

struct shape_part shape_part_of(const struct compute *c)
{
	return (struct shape_part){
		.replicas = c->replicas, .cores = c->min_cores ? c->min_cores : 1, .most_cores = c->max_cores,
		.memory = c->min_memory, .most_memory = c->max_memory,
	};
}

/* How large each part is: a site may have parts of certain sizes only. */
static bool copy_parts(struct tree *arena, const struct request *r, struct shape *s)
{
	s->parts = r->computes ? r->computes : 1;
	s->part = tree_alloc(arena, s->parts * sizeof *s->part);
	if (!s->part)
		return false;
	memset(s->part, 0, s->parts * sizeof *s->part);
	s->part[0] = (struct shape_part){ .replicas = 1, .cores = 1 };
	for (uint32_t i = 0; i < r->computes; i++)
		s->part[i] = shape_part_of(&r->compute[i]);
	qsort(s->part, s->parts, sizeof *s->part, by_size);
	return true;
}

static bool copy_auths(struct tree *arena, const struct request *r, struct shape *s)
{
	const char *types[r->auths + 1];
	struct text_list list = { types, r->auths };

	for (uint32_t i = 0; i < r->auths; i++)
		types[i] = r->auth[i].type;
	return shape_copy_list(arena, &list, &s->auths);
}

/* Whoever states no window may start at any time. */
static bool copy_windows(struct tree *arena, const struct request *r, struct shape *s)
{
	static const struct shape_window any = { 0, INT64_MAX, 0, 0 };

	s->windows = r->times ? r->times : 1;
	s->window = tree_alloc(arena, s->windows * sizeof *s->window);
	if (!s->window)
		return false;
	s->window[0] = any;
	for (uint32_t i = 0; i < r->times; i++) {
		const struct window *w = &r->time[i];

		s->window[i] = (struct shape_window){ 0, INT64_MAX, w->min_duration, w->max_duration };
		if (w->has_start) {
			s->window[i].earliest = w->start.from;
			s->window[i].latest = w->start.to;
		}
	}
	return true;
}

/* The widest span of allowed starts, and the longest stated minimum.  A window
 * that states no start is as wide as can be. */
static void copy_time(const struct request *r, struct shape *s)
{
	bool any = false;

	s->not_before = 0;
	s->not_after = INT64_MAX;
	for (uint32_t i = 0; i < r->times; i++) {
		const struct window *w = &r->time[i];

		if (w->min_duration > s->min_duration)
			s->min_duration = w->min_duration;
		any |= !w->has_start;
		if (!w->has_start)
			continue;
		if (!s->not_before || w->start.from < s->not_before)
			s->not_before = w->start.from;
		if (s->not_after == INT64_MAX || w->start.to > s->not_after)
			s->not_after = w->start.to;
	}
	/* A start at one instant that was missed is met by starting as soon
	 * after it as can be; but not where somebody has to choose an offer. */
	if (s->not_before && s->not_after == s->not_before && r->accept != ACCEPT_ASK)
		s->not_after = INT64_MAX;
	if (any) {
		s->not_before = 0;
		s->not_after = INT64_MAX;
	}
}

int shape_make(const struct request *r, struct shape *s, struct diag *d)
{
	memset(s, 0, sizeof *s);
	tree_small(&s->arena);
	request_demand(r, &s->demand);
	copy_time(r, s);
	s->ask = r->accept == ACCEPT_ASK;
	s->live = r->live;
	s->priority = r->priority;
	if (copy_text(&s->arena, r->type, &s->type) && copy_text(&s->arena, r->sensitivity, &s->sensitivity) &&
	    copy_text(&s->arena, r->reservation, &s->reservation) && copy_auths(&s->arena, r, s) &&
	    shape_copy_list(&s->arena, &r->groups, &s->groups) && shape_copy_list(&s->arena, &r->sites, &s->sites) &&
	    shape_copy_list(&s->arena, &r->dependencies, &s->dependencies) &&
	    shape_copy_list(&s->arena, &r->require, &s->require) &&
	    shape_copy_list(&s->arena, &r->prefer, &s->prefer) && shape_copy_list(&s->arena, &r->avoid, &s->avoid) &&
	    shape_copy_storage(&s->arena, r, s) && shape_copy_software(&s->arena, r, s) && copy_compute(&s->arena, r, s) &&
	    copy_windows(&s->arena, r, s) && copy_parts(&s->arena, r, s))
		return 0;
	shape_free(s);
	return diag_nomem(d);
}

void shape_free(struct shape *s)
{
	tree_free(&s->arena);
	memset(s, 0, sizeof *s);
}
