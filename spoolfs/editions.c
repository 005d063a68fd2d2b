/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "editions.h"

#include <stdlib.h>

void editions_init(struct editions *s)
{
	*s = (struct editions){ .bucket = { NULL } };
	pthread_mutex_init(&s->lock, NULL);
}

void editions_free(struct editions *s)
{
	for (int i = 0; i < EDITION_BUCKETS; i++) {
		while (s->bucket[i]) {
			struct edition *e = s->bucket[i];

			s->bucket[i] = e->next;
			free(e);
		}
	}
	pthread_mutex_destroy(&s->lock);
}

/* The link that points to it, or to the end of its bucket. */
static struct edition **place(struct editions *s, uint64_t ino)
{
	uint64_t h = ino * 0x9e3779b97f4a7c15ull;
	struct edition **at = &s->bucket[h >> 56 & (EDITION_BUCKETS - 1)];

	while (*at && (*at)->ino != ino)
		at = &(*at)->next;
	return at;
}

bool edition_open(struct editions *s, uint64_t ino, uint32_t len, int64_t mtime, bool told)
{
	struct edition **at;
	bool fine;

	pthread_mutex_lock(&s->lock);
	at = place(s, ino);
	if (!*at && (*at = malloc(sizeof(**at))))
		**at = (struct edition){ .ino = ino, .len = len, .mtime = mtime };
	if (*at && told && !(*at)->told) {
		(*at)->len = len;
		(*at)->mtime = mtime;
		(*at)->told = true;
	}
	if (*at)
		(*at)->opens++;
	fine = *at != NULL;
	pthread_mutex_unlock(&s->lock);
	return fine;
}

void edition_close(struct editions *s, uint64_t ino)
{
	struct edition **at, *e;

	pthread_mutex_lock(&s->lock);
	at = place(s, ino);
	e = *at;
	if (e && --e->opens == 0) {
		*at = e->next;
		free(e);
	}
	pthread_mutex_unlock(&s->lock);
}

bool edition_find(struct editions *s, uint64_t ino, struct edition *out)
{
	const struct edition *e;

	pthread_mutex_lock(&s->lock);
	e = *place(s, ino);
	if (e)
		*out = *e;
	pthread_mutex_unlock(&s->lock);
	return e;
}
