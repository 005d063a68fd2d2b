/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines, and where they are in everybody's stream. */
#include <stdlib.h>
#include <string.h>

#include "event_part.h"
#include "instant.h"
#include "view.h"

enum { KEEP_BYTES = 16 << 20 };

static struct event *nth(const struct events *e, size_t i)
{
	return e->event[(e->first + i) % e->cap];
}

static void drop_first(struct events *e)
{
	struct event *one = nth(e, 0);

	e->bytes -= sizeof *one + one->len;
	e->first = (e->first + 1) % e->cap;
	e->count--;
	free(one);
}

static bool grow(struct events *e)
{
	size_t cap = e->cap ? e->cap * 2 : 256;
	struct event **more = malloc(cap * sizeof *more);

	if (!more)
		return false;
	for (size_t i = 0; i < e->count; i++)
		more[i] = nth(e, i);
	free(e->event);
	e->event = more;
	e->first = 0;
	e->cap = cap;
	return true;
}

/* What this owner's jobs have written; NULL: no memory. */
static uint64_t *total_of(struct events *e, uid_t owner)
{
	struct event_total *more;

	for (size_t i = 0; i < e->totals; i++)
		if (e->total[i].owner == owner)
			return &e->total[i].bytes;
	more = realloc(e->total, (e->totals + 1) * sizeof *more);
	if (!more)
		return NULL;
	e->total = more;
	e->total[e->totals] = (struct event_total){ owner, e->shared };
	return &e->total[e->totals++].bytes;
}

/* Under the lock.  shared: for everybody; such are written only at the beginning. */
static void append(struct events *e, uid_t owner, bool shared, const char *text, size_t len)
{
	struct event *one = malloc(sizeof *one + len);
	uint64_t *total = shared ? &e->shared : total_of(e, owner);

	if (!one || !total || (e->count == e->cap && !grow(e))) {
		free(one);
		return;
	}
	while (e->count && e->bytes + len > KEEP_BYTES)
		drop_first(e);
	e->all += len;
	*total += len;
	*one = (struct event){ .owner = owner, .shared = shared, .len = len, .end_all = e->all,
			       .end_own = *total };
	memcpy(one->text, text, len);
	e->event[(e->first + e->count++) % e->cap] = one;
	e->bytes += sizeof *one + len;
	e->changed = index_clock();
	e->news = true;
}

bool events_init(struct events *e)
{
	struct buf b = BUF_INIT;

	*e = (struct events){ .waiting.lock = &e->lock };
	pthread_mutex_init(&e->lock, NULL);
	/* Never empty: tail(1) takes an empty file for one without an end. */
	instant_format(instant_now(), &b);
	buf_adds(&b, " - mounted\n");
	append(e, 0, true, b.s, b.len);
	buf_free(&b);
	return e->count == 1;
}

void events_free(struct events *e)
{
	parked_finish_all(&e->waiting);
	while (e->count)
		drop_first(e);
	free(e->event);
	free(e->total);
	pthread_mutex_destroy(&e->lock);
}

/* "TIME PHASE ..." is a transition, "TIME key=value ..." a remark. */
static void add_line(struct events *e, const char *id, uid_t owner, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);
	size_t word = blank ? strcspn(blank + 1, " =\n") : 0;
	struct buf b = BUF_INIT;

	if (!blank || blank[1 + word] == '=')
		return;
	buf_add(&b, line, (size_t)(blank - line));
	buf_addf(&b, " %s", id);
	buf_add(&b, blank, len - (size_t)(blank - line));
	if (!b.failed)
		append(e, owner, false, b.s, b.len);
	buf_free(&b);
}

void events_add(struct events *e, const struct uuid *job, uid_t owner, const char *log, size_t len)
{
	char id[UUID_TEXT];

	uuid_format(job, id);
	pthread_mutex_lock(&e->lock);
	for (const char *at = log, *nl; at < log + len; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(log + len - at));
		if (!nl)
			break;
		add_line(e, id, owner, at, (size_t)(nl + 1 - at));
	}
	pthread_mutex_unlock(&e->lock);
}

/* --- streams ------------------------------------------------------------------------ */

uint64_t event_size(const struct events *e, const struct who *who)
{
	if (who->all)
		return e->all;
	for (size_t i = 0; i < e->totals; i++)
		if (e->total[i].owner == who->uid)
			return e->total[i].bytes;
	return e->shared;
}

uint64_t events_size(struct events *e, const struct who *who, int64_t *changed)
{
	uint64_t size;

	pthread_mutex_lock(&e->lock);
	size = event_size(e, who);
	*changed = e->changed;
	pthread_mutex_unlock(&e->lock);
	return size;
}

static uint64_t end_of(const struct event *one, const struct who *who)
{
	return who->all ? one->end_all : one->end_own;
}

/* The number of the first line that ends after `at`; count: there is none. */
static size_t find(const struct events *e, const struct who *who, uint64_t at)
{
	size_t found = e->count;

	/* Mostly it is near the end. */
	for (size_t i = e->count; i-- > 0; ) {
		const struct event *one = nth(e, i);

		if (!one->shared && !who_sees(who, one->owner))
			continue;
		if (end_of(one, who) <= at)
			break;
		found = i;
	}
	return found;
}

void event_collect(const struct events *e, const struct who *who, uint64_t *at, size_t size,
		   struct buf *out)
{
	for (size_t i = find(e, who, *at); i < e->count && out->len < size; i++) {
		const struct event *one = nth(e, i);
		uint64_t begin;
		size_t from, n;

		if (!one->shared && !who_sees(who, one->owner))
			continue;
		begin = end_of(one, who) - one->len;
		/* What was there is not kept any more. */
		if (!out->len && *at < begin)
			*at = begin;
		from = out->len ? 0 : (size_t)(*at - begin);
		n = one->len - from < size - out->len ? one->len - from : size - out->len;
		buf_add(out, one->text + from, n);
	}
}
