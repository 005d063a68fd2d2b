/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "node_arena.h"

#include <stdlib.h>
#include <string.h>

struct tree_chunk {
	struct tree_chunk *next;
	size_t used, size;
	max_align_t mem[];
};

enum { FIRST_CHUNK = 4000, SMALL_CHUNK = 240, ALIGN = sizeof(max_align_t) };

static struct tree_chunk *add_chunk(struct tree *t, size_t size)
{
	struct tree_chunk *c = malloc(sizeof *c + size);

	if (!c)
		return NULL;
	*c = (struct tree_chunk){ .next = t->chunks, .size = size };
	t->chunks = c;
	return c;
}

void tree_small(struct tree *t)
{
	if (!t->chunks)
		(void)!add_chunk(t, SMALL_CHUNK);
}

void *tree_alloc(struct tree *t, size_t n)
{
	struct tree_chunk *c = t->chunks;
	size_t size;

	if (n > (size_t)-1 / 4)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (!c || c->size - c->used < n) {
		size = c ? c->size * 2 : FIRST_CHUNK;
		c = add_chunk(t, size < n ? n : size);
		if (!c)
			return NULL;
	}
	c->used += n;
	return (char *)c->mem + c->used - n;
}

char *tree_strdup(struct tree *t, const char *s, size_t n)
{
	char *copy = tree_alloc(t, n + 1);

	if (copy) {
		memcpy(copy, s, n);
		copy[n] = '\0';
	}
	return copy;
}

static void free_chunks(struct tree_chunk *c)
{
	while (c) {
		struct tree_chunk *next = c->next;

		free(c);
		c = next;
	}
}

void arena_reset(struct tree *t)
{
	t->root = NULL;
	t->nodes = 0;
	if (!t->chunks)
		return;
	/* The newest chunk is the largest: with it alone the next document of
	 * the same size needs no malloc. */
	free_chunks(t->chunks->next);
	t->chunks->next = NULL;
	t->chunks->used = 0;
}

void tree_free(struct tree *t)
{
	free_chunks(t->chunks);
	*t = (struct tree)TREE_INIT;
}
