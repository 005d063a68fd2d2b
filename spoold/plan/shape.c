/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape.h"

#include "dataset_doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"

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

/* "NAME", or "NAME DIGEST" where a version is wanted. */
static const char *dataset_key(struct tree *arena, const struct storage *st)
{
	char hex[DIGEST_TEXT], *key;
	size_t n = strlen(st->dataset);

	if (!st->has_digest)
		return st->dataset;
	digest_format(&st->digest, hex);
	key = tree_alloc(arena, n + 1 + sizeof hex);
	if (key)
		snprintf(key, n + 1 + sizeof hex, "%s %s", st->dataset, hex);
	return key;
}

/* Back from the keys, in their order. */
static bool split_datasets(struct tree *arena, struct shape *s)
{
	struct digest *g;

	s->pin = tree_alloc(arena, (s->datasets.count + 1) * sizeof *s->pin);
	for (uint32_t i = 0; s->pin && i < s->datasets.count; i++) {
		char *blank = strchr(s->datasets.item[i], ' ');

		s->pin[i] = NULL;
		if (!blank)
			continue;
		*blank = '\0';
		if (!(g = tree_alloc(arena, sizeof *g)) || digest_parse(blank + 1, DIGEST_LEN, g, NULL) < 0)
			return false;
		s->pin[i] = g;
	}
	return s->pin;
}

static int by_url(const void *a, const void *b)
{
	const struct shape_url *x = a, *y = b;

	return strcmp(x->url, y->url);
}

static bool copy_url(struct tree *arena, const struct storage *st, struct shape_url *u)
{
	struct digest *pin = NULL;

	if (st->has_digest && (pin = tree_alloc(arena, sizeof *pin)))
		*pin = st->digest;
	*u = (struct shape_url){ tree_strdup(arena, st->url, strlen(st->url)), st->size, pin };
	return u->url && (pin || !st->has_digest);
}

static bool copy_urls(struct tree *arena, const struct request *r, struct shape *s)
{
	uint32_t n = 0;

	s->urls = 0;
	s->url = tree_alloc(arena, (r->storages + 1) * sizeof *s->url);
	if (!s->url)
		return false;
	for (uint32_t i = 0; i < r->storages; i++)
		if (storage_url(&r->storage[i]) && !copy_url(arena, &r->storage[i], &s->url[n++]))
			return false;
	if (n)
		qsort(s->url, n, sizeof *s->url, by_url);
	for (uint32_t i = 0; i < n; i++)
		if (!s->urls || strcmp(s->url[s->urls - 1].url, s->url[i].url))
			s->url[s->urls++] = s->url[i];
	return true;
}

/* Inputs and outputs by their addresses. */
static bool copy_addresses(struct tree *arena, const struct request *r, struct shape *s)
{
	const char *all[2 * r->storages + 1], *to[r->storages + 1];
	struct text_list addresses = { all, 0 }, outputs = { to, 0 };

	for (uint32_t i = 0; i < r->storages; i++) {
		const struct storage *st = &r->storage[i];

		if (st->to && dataset_url_ok(st->to))
			all[addresses.count++] = to[outputs.count++] = st->to;
		if (storage_url(st))
			all[addresses.count++] = storage_url(st);
	}
	return copy_list(arena, &addresses, &s->addresses) && copy_list(arena, &outputs, &s->outputs) &&
	       copy_urls(arena, r, s);
}

/* The datasets and storage types that a site has to know, out of `storage`. */
static bool copy_storage(struct tree *arena, const struct request *r, struct shape *s)
{
	const char *names[r->storages + 1], *types[r->storages + 1];
	struct text_list datasets = { names, 0 }, others = { types, 0 };

	for (uint32_t i = 0; i < r->storages; i++) {
		const struct storage *st = &r->storage[i];

		if (st->dataset)
			names[datasets.count++] = dataset_key(arena, st);
		else if (!storage_url(st) && strcmp(st->type, "ephemeral") && strcmp(st->type, "persistent"))
			types[others.count++] = st->type;
	}
	for (uint32_t i = 0; i < datasets.count; i++)
		if (!names[i])
			return false;
	return copy_list(arena, &datasets, &s->datasets) && split_datasets(arena, s) &&
	       copy_addresses(arena, r, s) && copy_list(arena, &others, &s->storage_types);
}

static bool add_software(struct tree *arena, struct text_list *l, const char *kind, const char *repo,
			 const char *name)
{
	size_t n = repo ? strlen(repo) : 0, size;
	char *text;

	while (n && repo[n - 1] == '/')
		n--;
	size = strlen(kind) + n + strlen(name) + 3;
	if (!(text = tree_alloc(arena, size)))
		return false;
	snprintf(text, size, "%s:%.*s%s%s", kind, (int)n, n ? repo : "", n ? "/" : "", name);
	l->item[l->count++] = text;
	return true;
}

static const char *scalar(const struct node *spec, const char *key)
{
	const struct node *n = node_get(spec, key);

	return n && n->kind == NODE_SCALAR && n->len ? n->text : NULL;
}

/* What a task's spec names of software that has to be got ready. */
static bool copy_software(struct tree *arena, const struct request *r, struct shape *s)
{
	const struct node *modules = r->spec ? node_get(r->spec, "modules") : NULL;
	bool oci = r->spec && r->type && !strcmp(r->type, "oci-container");
	const char *image = oci ? scalar(r->spec, "image") : NULL;
	const char *environment = r->spec ? scalar(r->spec, "environment") : NULL;
	struct text_list all = { tree_alloc(arena, (node_entries(modules) + 2) * sizeof *all.item), 0 };

	if (!image && !environment && !modules)
		return true;
	if (!all.item || (image && !add_software(arena, &all, "oci", scalar(r->spec, "repo"), image)) ||
	    (environment && !add_software(arena, &all, "conda", NULL, environment)))
		return false;
	for (const struct node *at = node_first(modules); at; at = node_after(modules, at))
		if (at->kind == NODE_SCALAR && at->len &&
		    !add_software(arena, &all, "module", NULL, at->text))
			return false;
	return copy_list(arena, &all, &s->software);
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
	return copy_list(arena, &list, &s->auths);
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
	/* A start at one instant that was missed is met by starting as soon
	 * after it as can be; but not where somebody has to choose an offer. */
	if (s->not_before && s->not_after == s->not_before && r->accept != ACCEPT_ASK)
		s->not_after = INT64_MAX;
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
	    copy_list(&s->arena, &r->groups, &s->groups) && copy_list(&s->arena, &r->sites, &s->sites) &&
	    copy_list(&s->arena, &r->dependencies, &s->dependencies) &&
	    copy_list(&s->arena, &r->require, &s->require) &&
	    copy_list(&s->arena, &r->prefer, &s->prefer) && copy_list(&s->arena, &r->avoid, &s->avoid) &&
	    copy_storage(&s->arena, r, s) && copy_software(&s->arena, r, s) && copy_compute(&s->arena, r, s) &&
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

/* --- the canonical text --------------------------------------------------- */

/* Made for every job that is taken, hence without printf. */
static void add_number(struct buf *out, int64_t v)
{
	if (v < 0)
		buf_addc(out, '-');
	buf_addu(out, v < 0 ? -(uint64_t)v : (uint64_t)v);
	buf_addc(out, ' ');
}

/* With its length, so that no two lists of words have the same text. */
static void add_word(struct buf *out, const char *word)
{
	size_t n = word ? strlen(word) : 0;

	buf_addu(out, n);
	buf_addc(out, ':');
	buf_add(out, word, n);
	buf_addc(out, ' ');
}

static void add_list(struct buf *out, const struct text_list *l)
{
	buf_addc(out, '\n');
	buf_addu(out, l->count);
	buf_addc(out, ' ');
	for (uint32_t i = 0; i < l->count; i++)
		add_word(out, l->item[i]);
}

static void add_numbers(struct buf *out, const struct shape *s)
{
	buf_addu(out, s->demand.memory);
	buf_addc(out, ' ');
	buf_addu(out, s->demand.disk);
	buf_addc(out, ' ');
	add_number(out, s->demand.cores);
	add_number(out, s->demand.gpus);
	add_number(out, s->demand.walltime);
	add_number(out, s->min_duration);
	add_number(out, s->not_before);
	add_number(out, s->not_after);
	/* The texts of those that are not stay what they were. */
	add_number(out, s->live ? 2u + s->ask : s->ask);
	add_number(out, s->priority);
	for (uint32_t i = 0; s->windows > 1 && i < s->windows; i++) {
		add_number(out, s->window[i].earliest);
		add_number(out, s->window[i].latest);
		add_number(out, s->window[i].min);
		add_number(out, s->window[i].max);
	}
	if (s->windows == 1)
		add_number(out, s->window[0].max);
}

/* Nothing where nobody wants a certain version. */
static void add_pins(struct buf *out, const struct shape *s)
{
	char hex[DIGEST_TEXT];

	for (uint32_t i = 0; i < s->datasets.count; i++)
		if (s->pin[i]) {
			digest_format(s->pin[i], hex);
			add_number(out, i);
			add_word(out, hex);
		}
}

/* What each of the addresses is; nothing where there is none. */
static void add_roles(struct buf *out, const struct shape *s)
{
	char hex[DIGEST_TEXT];

	if (s->outputs.count)
		add_list(out, &s->outputs);
	for (uint32_t i = 0; i < s->urls; i++) {
		buf_addc(out, ' ');
		buf_addu(out, s->url[i].bytes);
		if (s->url[i].pin) {
			digest_format(s->url[i].pin, hex);
			add_word(out, hex);
		}
	}
}

static void add_computes(struct buf *out, const struct shape *s)
{
	add_number(out, s->computes);
	for (uint32_t i = 0; i < s->computes; i++) {
		add_word(out, s->compute[i].type);
		if (s->compute[i].detail)
			line_node(out, s->compute[i].detail);
		buf_addc(out, '\n');
	}
}

static void add_parts(struct buf *out, const struct shape *s)
{
	for (uint32_t i = 0; i < s->parts; i++) {
		const struct shape_part *c = &s->part[i];

		add_number(out, c->replicas);
		add_number(out, c->cores);
		add_number(out, c->most_cores);
		buf_addu(out, c->memory);
		buf_addc(out, ' ');
		buf_addu(out, c->most_memory);
		buf_addc(out, ' ');
	}
}

void shape_text(const struct request *r, struct buf *out)
{
	struct shape s;

	if (shape_make(r, &s, NULL) < 0 || !s.type) {
		out->failed = true;
		return;
	}
	buf_reserve(out, 512);
	add_word(out, s.type);
	add_numbers(out, &s);
	add_parts(out, &s);
	add_word(out, s.sensitivity);
	add_word(out, s.reservation);
	add_number(out, s.gpus);
	for (uint32_t i = 0; i < s.gpus; i++) {
		add_number(out, s.gpu[i].count);
		add_word(out, s.gpu[i].type);
	}
	add_list(out, &s.auths);
	add_list(out, &s.groups);
	add_list(out, &s.sites);
	add_list(out, &s.dependencies);
	add_list(out, &s.require);
	add_list(out, &s.prefer);
	add_list(out, &s.avoid);
	add_list(out, &s.datasets);
	add_pins(out, &s);
	add_list(out, &s.software);
	add_computes(out, &s);
	add_list(out, &s.storage_types);
	add_list(out, &s.addresses);
	add_roles(out, &s);
	shape_free(&s);
}
