/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "digest.h"
#include "tree.h"

struct name {
	char *text;		/* NULL: this number is free */
	uint64_t parent;	/* 0: dropped, in no bucket any more */
	uint64_t looked;
	uint32_t next;
	uint16_t gen;
};

bool names_init(struct names *s)
{
	*s = (struct names){ .n = 1, .cap = 64, .buckets = 64 };
	pthread_mutex_init(&s->lock, NULL);
	if (getrandom(&s->seed, sizeof(s->seed), GRND_NONBLOCK) < 0)
		s->seed = (uint64_t)(uintptr_t)s;
	s->name = calloc(s->cap, sizeof(*s->name));
	s->bucket = calloc(s->buckets, sizeof(*s->bucket));
	return s->name && s->bucket;
}

void names_free(struct names *s)
{
	for (uint32_t i = 1; s->name && i < s->n; i++)
		free(s->name[i].text);
	free(s->name);
	free(s->bucket);
	pthread_mutex_destroy(&s->lock);
}

static uint32_t *bucket_of(const struct names *s, uint64_t parent, const char *text)
{
	uint64_t h = hash64(text, strlen(text), s->seed) + parent * 0x9e3779b97f4a7c15ull;

	return &s->bucket[(h ^ h >> 32) & (s->buckets - 1)];
}

static uint32_t find(const struct names *s, uint64_t parent, const char *text)
{
	uint32_t i = *bucket_of(s, parent, text);

	while (i && (s->name[i].parent != parent || strcmp(s->name[i].text, text)))
		i = s->name[i].next;
	return i;
}

static void link_in(struct names *s, uint32_t i)
{
	uint32_t *at = bucket_of(s, s->name[i].parent, s->name[i].text);

	s->name[i].next = *at;
	*at = i;
}

static void link_out(struct names *s, uint32_t i)
{
	uint32_t *at = bucket_of(s, s->name[i].parent, s->name[i].text);

	while (*at != i)
		at = &s->name[*at].next;
	*at = s->name[i].next;
	s->name[i].parent = 0;
}

static void grow_buckets(struct names *s)
{
	uint32_t *bucket = calloc(2ul * s->buckets, sizeof(*bucket));

	if (!bucket)
		return;
	free(s->bucket);
	s->bucket = bucket;
	s->buckets *= 2;
	for (uint32_t i = 1; i < s->n; i++)
		if (s->name[i].text && s->name[i].parent)
			link_in(s, i);
}

static uint32_t take_number(struct names *s)
{
	uint32_t i = s->free;
	struct name *more;

	if (i) {
		s->free = s->name[i].next;
		return i;
	}
	if (s->n == s->cap) {
		more = realloc(s->name, 2ul * s->cap * sizeof(*more));
		if (!more)
			return 0;
		s->name = more;
		memset(s->name + s->cap, 0, s->cap * sizeof(*more));
		s->cap *= 2;
	}
	return s->n++;
}

static uint32_t add(struct names *s, uint64_t parent, const char *text)
{
	char *copy = strdup(text);
	uint32_t i = copy ? take_number(s) : 0;

	if (!i) {
		free(copy);
		return 0;
	}
	if (s->live++ >= s->buckets)
		grow_buckets(s);
	s->name[i] = (struct name){ .text = copy, .parent = parent,
				    .gen = tree_next_gen(s->name[i].gen) };
	link_in(s, i);
	return i;
}

uint64_t names_look(struct names *s, uint64_t parent, const char *name)
{
	uint64_t ino = 0;
	uint32_t i;

	pthread_mutex_lock(&s->lock);
	i = find(s, parent, name);
	if (!i)
		i = add(s, parent, name);
	if (i) {
		s->name[i].looked++;
		ino = tree_ino(TREE_NAME, i, s->name[i].gen, 0);
	}
	pthread_mutex_unlock(&s->lock);
	return ino;
}

static struct name *at(const struct names *s, uint64_t ino)
{
	uint32_t i = tree_index(ino);
	struct name *n = i && i < s->n ? &s->name[i] : NULL;

	return n && n->text && n->gen == tree_gen(ino) ? n : NULL;
}

void names_forget(struct names *s, uint64_t ino, uint64_t times)
{
	struct name *n;

	pthread_mutex_lock(&s->lock);
	n = at(s, ino);
	if (n) {
		n->looked -= times < n->looked ? times : n->looked;
		if (!n->looked) {
			if (n->parent)
				link_out(s, tree_index(ino));
			free(n->text);
			n->text = NULL;
			n->next = s->free;
			s->free = tree_index(ino);
			s->live--;
		}
	}
	pthread_mutex_unlock(&s->lock);
}

void names_drop(struct names *s, uint64_t parent, const char *name)
{
	uint32_t i;

	pthread_mutex_lock(&s->lock);
	i = find(s, parent, name);
	if (i)
		link_out(s, i);
	pthread_mutex_unlock(&s->lock);
}

void names_move(struct names *s, uint64_t parent, const char *from, const char *to)
{
	char *copy = strdup(to);
	uint32_t i;

	names_drop(s, parent, to);
	if (!copy) {
		names_drop(s, parent, from);
		return;
	}
	pthread_mutex_lock(&s->lock);
	i = find(s, parent, from);
	if (i) {
		link_out(s, i);
		free(s->name[i].text);
		s->name[i].text = copy;
		s->name[i].parent = parent;
		link_in(s, i);
	}
	pthread_mutex_unlock(&s->lock);
	if (!i)
		free(copy);
}

/* From the end of the buffer to its beginning, as parents come last. */
bool names_path(struct names *s, uint64_t ino, uint64_t *top, char path[PATH_MAX])
{
	size_t room = PATH_MAX - 1;
	bool fine = true;

	path[room] = '\0';
	pthread_mutex_lock(&s->lock);
	while (fine && tree_kind(ino) == TREE_NAME) {
		const struct name *n = at(s, ino);
		size_t len = n && n->parent ? strlen(n->text) : PATH_MAX;

		fine = len + 1 <= room;
		if (!fine)
			break;
		if (path[room])
			path[--room] = '/';
		room -= len;
		memcpy(path + room, n->text, len);
		ino = n->parent;
	}
	pthread_mutex_unlock(&s->lock);
	memmove(path, path + room, PATH_MAX - room);
	*top = ino;
	return fine;
}
