/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attempt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void attempt_key(char key[ATTEMPT_KEY], const struct uuid *job, uint32_t number)
{
	uuid_format(job, key);
	snprintf(key + 36, ATTEMPT_KEY - 36, ".%" PRIu32, number);
}

bool attempt_key_parse(const char *name, const char *suffix, struct uuid *job, uint32_t *number)
{
	char *end;
	unsigned long n;

	if (strlen(name) < 38 || name[36] != '.' || name[37] < '1' || name[37] > '9')
		return false;
	n = strtoul(name + 37, &end, 10);
	if (strcmp(end, suffix) || n > UINT32_MAX || uuid_parse(name, UUID_LEN, job, NULL) < 0)
		return false;
	*number = (uint32_t)n;
	return true;
}

/* --- lists --------------------------------------------------------------- */

static void unlink_from(struct attempt_list *l, struct attempt *a)
{
	*(a->prev ? &a->prev->next : &l->first) = a->next;
	*(a->next ? &a->next->prev : &l->last) = a->prev;
	a->prev = a->next = NULL;
	l->count--;
}

static void append_to(struct attempt_list *l, struct attempt *a)
{
	a->prev = l->last;
	a->next = NULL;
	*(l->last ? &l->last->next : &l->first) = a;
	l->last = a;
	l->count++;
}

/* What runs is counted where it enters and leaves the list, and nowhere else. */
static void enter(struct attempts *t, struct attempt *a, enum attempt_state state)
{
	a->state = state;
	append_to(&t->in[state], a);
	if (state == ATTEMPT_RUNNING) {
		t->cores += a->cores;
		t->memory += a->memory;
		t->with_gpus += a->gpus > 0;
	}
}

static void leave(struct attempts *t, struct attempt *a)
{
	unlink_from(&t->in[a->state], a);
	if (a->state == ATTEMPT_RUNNING) {
		t->cores -= a->cores;
		t->memory -= a->memory;
		t->with_gpus -= a->gpus > 0;
	}
}

void attempt_move(struct attempts *t, struct attempt *a, enum attempt_state state)
{
	leave(t, a);
	enter(t, a, state);
}

static int by_arrival(const void *x, const void *y)
{
	const struct attempt *a = *(struct attempt *const *)x, *b = *(struct attempt *const *)y;

	if (a->message != b->message)
		return a->message < b->message ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return strcmp(a->key, b->key);
}

void attempts_sort(struct attempts *t, enum attempt_state state)
{
	struct attempt_list *l = &t->in[state];
	struct attempt **all = l->count > 1 ? malloc(l->count * sizeof *all) : NULL;
	uint32_t n = 0;

	if (!all)
		return;
	for (struct attempt *a = l->first; a; a = a->next)
		all[n++] = a;
	qsort(all, n, sizeof *all, by_arrival);
	*l = (struct attempt_list){ 0 };
	for (uint32_t i = 0; i < n; i++)
		append_to(l, all[i]);
	free(all);
}

/* --- table --------------------------------------------------------------- */

static uint32_t hash(const struct uuid *job, uint32_t number)
{
	return (uint32_t)hash64(job->b, sizeof job->b, number);
}

struct attempt *attempts_find(const struct attempts *t, const struct uuid *job, uint32_t number)
{
	struct attempt *a;

	if (!t->buckets)
		return NULL;
	for (a = t->bucket[hash(job, number) & (t->buckets - 1)]; a; a = a->hash_next)
		if (a->number == number && !uuid_cmp(&a->job, job))
			return a;
	return NULL;
}

static bool grow(struct attempts *t)
{
	uint32_t buckets = t->buckets ? t->buckets * 2 : 64;
	struct attempt **bucket = calloc(buckets, sizeof *bucket);

	if (!bucket)
		return t->buckets != 0;		/* longer chains will do */
	for (uint32_t i = 0; i < t->buckets; i++)
		for (struct attempt *a = t->bucket[i], *next; a; a = next) {
			uint32_t h = hash(&a->job, a->number) & (buckets - 1);

			next = a->hash_next;
			a->hash_next = bucket[h];
			bucket[h] = a;
		}
	free(t->bucket);
	t->bucket = bucket;
	t->buckets = buckets;
	return true;
}

struct attempt *attempts_add(struct attempts *t, const struct uuid *job, uint32_t number,
			     enum attempt_state state)
{
	struct attempt *a;
	uint32_t h;

	if (t->count >= t->buckets && !grow(t))
		return NULL;
	a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	a->job = *job;
	a->number = number;
	a->pidfd = -1;
	a->told_phase = -1;
	attempt_key(a->key, job, number);
	h = hash(job, number) & (t->buckets - 1);
	a->hash_next = t->bucket[h];
	t->bucket[h] = a;
	t->count++;
	enter(t, a, state);
	return a;
}

static void attempt_free(struct attempt *a)
{
	if (a->pidfd >= 0)
		close(a->pidfd);
	for (uint32_t i = 0; i < a->needs; i++)
		free(a->need[i].from);
	free(a->need);
	for (uint32_t i = 0; i < a->gpus; i++)
		free(a->gpu[i].type);
	free(a->gpu);
	free(a->remark);
	free(a);
}

void attempts_remove(struct attempts *t, struct attempt *a)
{
	struct attempt **at = &t->bucket[hash(&a->job, a->number) & (t->buckets - 1)];

	while (*at != a)
		at = &(*at)->hash_next;
	*at = a->hash_next;
	leave(t, a);
	t->count--;
	attempt_free(a);
}

void attempts_free(struct attempts *t)
{
	for (int s = 0; s < ATTEMPT_STATES; s++)
		for (struct attempt *a = t->in[s].first, *next; a; a = next) {
			next = a->next;
			attempt_free(a);
		}
	free(t->bucket);
	*t = (struct attempts){ 0 };
}

/* What has no digest is known by where it comes from, and for whom. */
static void stand_in(const char *key, struct attempt_need *n)
{
	struct digest_state s;

	digest_init(&s);
	digest_add(&s, key, strlen(key) + 1);
	digest_add(&s, n->name, strlen(n->name) + 1);
	digest_add(&s, n->from, strlen(n->from));
	digest_end(&s, &n->digest);
}

static int fill_need(const char *key, struct attempt_need *n, const struct message_input *in)
{
	struct buf from = BUF_INIT;

	snprintf(n->name, sizeof n->name, "%s", in->name);
	snprintf(n->dataset, sizeof n->dataset, "%s", in->dataset);
	n->digest = in->digest;
	n->bytes = in->bytes;
	n->files = in->files;
	n->unknown = in->unknown;
	if (!in->from.count)
		return 0;
	for (uint32_t i = 0; i < in->from.count; i++)
		buf_addf(&from, "%s\n", in->from.item[i]);
	n->from = buf_detach(&from);
	if (n->from && n->unknown)
		stand_in(key, n);
	return n->from ? 0 : -1;
}

static int fill_gpus(struct attempt *a, const struct message_assign *m)
{
	a->gpu = m->gpus ? calloc(m->gpus, sizeof *a->gpu) : NULL;
	for (; a->gpu && a->gpus < m->gpus; a->gpus++) {
		a->gpu[a->gpus].count = m->gpu[a->gpus].count;
		if (m->gpu[a->gpus].type && !(a->gpu[a->gpus].type = strdup(m->gpu[a->gpus].type)))
			break;
	}
	return a->gpus == m->gpus ? 0 : -1;
}

int attempt_fill(struct attempt *a, const struct message_assign *m, struct diag *d)
{
	a->cores = m->cores ? m->cores : 1;
	a->memory = m->memory;
	a->start = m->start;
	a->length = m->walltime ? m->walltime : m->length;
	if (fill_gpus(a, m) < 0)
		return diag_nomem(d);
	if (!m->inputs)
		return 0;
	a->need = calloc(m->inputs, sizeof *a->need);
	if (!a->need)
		return diag_nomem(d);
	a->needs = m->inputs;
	for (uint32_t i = 0; i < m->inputs; i++)
		if (fill_need(a->key, &a->need[i], &m->input[i]) < 0)
			return diag_nomem(d);
	return 0;
}
