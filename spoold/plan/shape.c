/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Copy a list into the arena, sorted, each text once. */
static bool copy_list(struct tree *arena, const struct text_list *from, struct text_list *to)
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

/* The datasets and storage types that a site has to know, out of `storage`. */
static bool copy_storage(struct tree *arena, const struct request *r, struct shape *s)
{
	const char *names[r->storages + 1], *types[r->storages + 1];
	struct text_list datasets = { names, 0 }, others = { types, 0 };

	for (uint32_t i = 0; i < r->storages; i++) {
		const struct storage *st = &r->storage[i];

		if (st->dataset)
			names[datasets.count++] = st->dataset;
		else if (strcmp(st->type, "ephemeral") && strcmp(st->type, "persistent"))
			types[others.count++] = st->type;
	}
	return copy_list(arena, &datasets, &s->datasets) && copy_list(arena, &others, &s->storage_types);
}

static bool copy_compute(struct tree *arena, const struct request *r, struct shape *s)
{
	const char *types[r->computes + 1];
	struct text_list list = { types, 0 };

	s->gpu = tree_alloc(arena, (r->computes + 1) * sizeof *s->gpu);
	if (!s->gpu)
		return false;
	for (uint32_t i = 0; i < r->computes; i++) {
		const struct compute *c = &r->compute[i];

		if (c->type)
			types[list.count++] = c->type;
		if (!c->gpus)
			continue;
		if (!copy_text(arena, c->gpu_type, &s->gpu[s->gpus].type))
			return false;
		s->gpu[s->gpus++].count = c->gpus * c->replicas;
	}
	return copy_list(arena, &list, &s->compute_types);
}

static bool copy_auths(struct tree *arena, const struct request *r, struct shape *s)
{
	const char *types[r->auths + 1];
	struct text_list list = { types, r->auths };

	for (uint32_t i = 0; i < r->auths; i++)
		types[i] = r->auth[i].type;
	return copy_list(arena, &list, &s->auths);
}

/* The widest span of allowed starts, and the longest stated minimum. */
static void copy_time(const struct request *r, struct shape *s)
{
	s->not_before = 0;
	s->not_after = INT64_MAX;
	for (uint32_t i = 0; i < r->times; i++) {
		const struct window *w = &r->time[i];

		if (w->min_duration > s->min_duration)
			s->min_duration = w->min_duration;
		if (!w->has_start)
			continue;
		if (!s->not_before || w->start.from < s->not_before)
			s->not_before = w->start.from;
		if (s->not_after == INT64_MAX || w->start.to > s->not_after)
			s->not_after = w->start.to;
	}
	/* A start at one instant is met by starting as soon after it as can be. */
	if (s->not_before && s->not_after == s->not_before)
		s->not_after = INT64_MAX;
}

int shape_make(const struct request *r, struct shape *s, struct diag *d)
{
	memset(s, 0, sizeof *s);
	request_demand(r, &s->demand);
	copy_time(r, s);
	s->ask = r->accept == ACCEPT_ASK;
	s->priority = r->priority;
	if (copy_text(&s->arena, r->type, &s->type) && copy_text(&s->arena, r->sensitivity, &s->sensitivity) &&
	    copy_text(&s->arena, r->reservation, &s->reservation) && copy_auths(&s->arena, r, s) &&
	    copy_list(&s->arena, &r->groups, &s->groups) && copy_list(&s->arena, &r->sites, &s->sites) &&
	    copy_list(&s->arena, &r->dependencies, &s->dependencies) &&
	    copy_list(&s->arena, &r->require, &s->require) &&
	    copy_list(&s->arena, &r->prefer, &s->prefer) && copy_list(&s->arena, &r->avoid, &s->avoid) &&
	    copy_storage(&s->arena, r, s) && copy_compute(&s->arena, r, s))
		return 0;
	shape_free(s);
	return diag_nomem(d);
}

void shape_free(struct shape *s)
{
	tree_free(&s->arena);
	memset(s, 0, sizeof *s);
}

/* --- the canonical text --------------------------------------------------- */

static void add_list(struct buf *out, const char *key, const struct text_list *l)
{
	buf_addf(out, "%s %u", key, l->count);
	for (uint32_t i = 0; i < l->count; i++)
		buf_addf(out, " %zu:%s", strlen(l->item[i]), l->item[i]);
	buf_addc(out, '\n');
}

void shape_text(const struct request *r, struct buf *out)
{
	struct shape s;

	if (shape_make(r, &s, NULL) < 0 || !s.type) {
		out->failed = true;
		return;
	}
	buf_addf(out, "%zu:%s\n%u %u %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 "\n", strlen(s.type),
		 s.type, s.demand.cores, s.demand.gpus, s.demand.memory, s.demand.disk,
		 s.demand.walltime, s.min_duration);
	buf_addf(out, "%" PRId64 " %" PRId64 " %s\n%s\n%d %d\n", s.not_before, s.not_after,
		 s.sensitivity ? s.sensitivity : "", s.reservation ? s.reservation : "", s.ask, s.priority);
	for (uint32_t i = 0; i < s.gpus; i++)
		buf_addf(out, "gpu %u %s\n", s.gpu[i].count, s.gpu[i].type ? s.gpu[i].type : "");
	add_list(out, "auths", &s.auths);
	add_list(out, "groups", &s.groups);
	add_list(out, "sites", &s.sites);
	add_list(out, "dependencies", &s.dependencies);
	add_list(out, "require", &s.require);
	add_list(out, "prefer", &s.prefer);
	add_list(out, "avoid", &s.avoid);
	add_list(out, "datasets", &s.datasets);
	add_list(out, "compute", &s.compute_types);
	add_list(out, "storage", &s.storage_types);
	shape_free(&s);
}
