/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "value.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "digest.h"
#include "tree.h"

static uint32_t hash_text(const struct values *s, const char *text, size_t len)
{
	return (uint32_t)hash64(text, len, s->seed);
}

bool values_init(struct values *s)
{
	*s = (struct values){ .n = 1, .cap = 16, .buckets = 64 };
	/* Without randomness users could choose names that collide: slow, not wrong. */
	if (getrandom(&s->seed, sizeof(s->seed), GRND_NONBLOCK) < 0)
		s->seed = (uint64_t)(uintptr_t)s;
	s->v = calloc(s->cap, sizeof(*s->v));
	s->bucket = calloc(s->buckets, sizeof(*s->bucket));
	return s->v && s->bucket;
}

void values_free(struct values *s)
{
	for (uint32_t i = 1; s->v && i < s->n; i++) {
		free(s->v[i].text);
		wants_free(&s->v[i].wants);
	}
	free(s->v);
	free(s->bucket);
	*s = (struct values){ .n = 0 };
}

static uint32_t find(const struct values *s, const char *text, size_t len, uint32_t hash)
{
	uint32_t i = s->bucket[hash & (s->buckets - 1)];

	while (i && (s->v[i].hash != hash || s->v[i].len != len || memcmp(s->v[i].text, text, len)))
		i = s->v[i].next;
	return i;
}

uint32_t value_find(const struct values *s, const char *text, size_t len)
{
	return find(s, text, len, hash_text(s, text, len));
}

/* Chains only get longer when there is no memory for more buckets. */
static void grow_buckets(struct values *s)
{
	uint32_t n = s->buckets * 2;
	uint32_t *bucket = calloc(n, sizeof(*bucket));

	if (!bucket)
		return;
	for (uint32_t i = 1; i < s->n; i++) {
		struct value *v = &s->v[i];

		if (!v->text)
			continue;
		v->next = bucket[v->hash & (n - 1)];
		bucket[v->hash & (n - 1)] = i;
	}
	free(s->bucket);
	s->bucket = bucket;
	s->buckets = n;
}

static uint32_t take_number(struct values *s)
{
	uint32_t i = s->free;
	struct value *more;

	if (i) {
		s->free = s->v[i].next;
		return i;
	}
	if (s->n == s->cap) {
		more = realloc(s->v, 2ul * s->cap * sizeof(*more));
		if (!more)
			return 0;
		s->v = more;
		memset(s->v + s->cap, 0, s->cap * sizeof(*more));
		s->cap *= 2;
	}
	return s->n++;
}

uint32_t value_get(struct values *s, const char *text, size_t len, bool *fresh)
{
	uint32_t hash = hash_text(s, text, len), i = find(s, text, len, hash);
	char *copy;

	if (fresh)
		*fresh = !i;
	if (i) {
		s->v[i].refs++;
		return i;
	}
	if (s->live >= s->buckets)
		grow_buckets(s);
	copy = strndup(text, len);
	i = copy ? take_number(s) : 0;
	if (!i) {
		free(copy);
		return 0;
	}
	s->v[i] = (struct value){ .text = copy, .len = (uint32_t)len, .hash = hash, .refs = 1,
				  .next = s->bucket[hash & (s->buckets - 1)],
				  .gen = tree_next_gen(s->v[i].gen) };
	s->bucket[hash & (s->buckets - 1)] = i;
	s->live++;
	return i;
}

bool value_put(struct values *s, uint32_t number)
{
	struct value *v = &s->v[number];
	uint32_t *at;

	if (!number || --v->refs)
		return false;
	for (at = &s->bucket[v->hash & (s->buckets - 1)]; *at != number; at = &s->v[*at].next)
		;
	*at = v->next;
	free(v->text);
	wants_free(&v->wants);
	v->text = NULL;
	v->next = s->free;
	s->free = number;
	s->live--;
	return true;
}

struct value *value_at(const struct values *s, uint32_t number, uint16_t gen)
{
	struct value *v = number < s->n ? &s->v[number] : NULL;

	return number && v && v->text && v->gen == gen ? v : NULL;
}

const char *value_text(const struct values *s, uint32_t number)
{
	return number ? s->v[number].text : "";
}
