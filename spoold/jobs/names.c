/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "hub.h"
#include "io.h"
#include "shapes.h"

/* As many as half a second is enough for. */
enum { MOST_READ = 20000 };

static uint64_t hash_of(const struct hub *h, uint32_t owner, const char *name)
{
	struct buf b = BUF_INIT;
	uint64_t hash;

	buf_addf(&b, "%u %s", owner, name);
	hash = shapes_hash(&h->shapes, b.s, b.len);
	buf_free(&b);
	return hash ? hash : 1;
}

static struct named *find(const struct names *n, uint64_t hash)
{
	uint32_t i = (uint32_t)hash & (n->slots - 1);

	while (n->slot[i].hash && n->slot[i].hash != hash)
		i = (i + 1) & (n->slots - 1);
	return &n->slot[i];
}

static bool grow(struct names *n)
{
	struct names more = { .slots = n->slots ? n->slots * 2 : 256, .count = n->count, .ended_read = n->ended_read };

	if (n->count * 3 < n->slots * 2)
		return true;
	more.slot = calloc(more.slots, sizeof *more.slot);
	if (!more.slot)
		return false;
	for (uint32_t i = 0; i < n->slots; i++)
		if (n->slot[i].hash)
			*find(&more, n->slot[i].hash) = n->slot[i];
	free(n->slot);
	*n = more;
	return true;
}

void names_note(struct hub *h, uint32_t owner, const char *name, const struct uuid *id)
{
	struct named *one;
	uint64_t hash;

	if (!*name || !grow(&h->names))
		return;
	hash = hash_of(h, owner, name);
	one = find(&h->names, hash);
	if (one->hash && uuid_cmp(&one->id, id) >= 0)
		return;
	h->names.count += !one->hash;
	*one = (struct named){ hash, *id };
}

/* --- ended jobs ------------------------------------------------------------------------ */

struct ended { struct uuid id; int phase; };

static int latest_first(const void *a, const void *b)
{
	return uuid_cmp(&((const struct ended *)b)->id, &((const struct ended *)a)->id);
}

static struct ended *list_phase(struct hub *h, int phase, struct ended *list, size_t *n, size_t *cap)
{
	DIR *p = io_list(h->spool.jobs[phase], ".", NULL);
	struct dirent *e;

	while (p && (e = readdir(p))) {
		if (*n == *cap) {
			struct ended *more = realloc(list, *cap * 2 * sizeof *more);

			if (!more)
				break;
			list = more;
			*cap *= 2;
		}
		list[*n].phase = phase;
		*n += spool_job_id(e->d_name, &list[*n].id);
	}
	if (p)
		closedir(p);
	return list;
}

static void read_one(struct hub *h, const struct ended *e)
{
	struct buf text = BUF_INIT;
	struct job_state st;
	char name[SPOOL_JOB_NAME];

	spool_job_name(&e->id, name);
	if (io_read(h->spool.jobs[e->phase], name, 2 << 20, &text, NULL) == 0 &&
	    jobfile_read(text.s, text.len, &st, NULL) == 0)
		names_note(h, st.record.owner, st.record.name, &e->id);
	buf_free(&text);
}

static void read_ended(struct hub *h)
{
	size_t n = 0, cap = 1024;
	struct ended *list = malloc(cap * sizeof *list);

	h->names.ended_read = true;
	if (!list)
		return;
	for (int p = 0; p < PHASES; p++)
		if (phase_final((enum phase)p))
			list = list_phase(h, p, list, &n, &cap);
	if (n)
		qsort(list, n, sizeof *list, latest_first);
	for (size_t i = 0; i < n && i < MOST_READ; i++)
		read_one(h, &list[i]);
	free(list);
}

bool names_find(struct hub *h, uint32_t owner, const char *name, struct uuid *id)
{
	uint64_t hash = hash_of(h, owner, name);
	const struct named *one = h->names.slots ? find(&h->names, hash) : NULL;

	if ((!one || !one->hash) && !h->names.ended_read) {
		read_ended(h);
		one = h->names.slots ? find(&h->names, hash) : NULL;
	}
	if (!one || !one->hash)
		return false;
	*id = one->id;
	return true;
}

void names_free(struct names *n)
{
	free(n->slot);
	*n = (struct names){ 0 };
}
