/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch_pile.h"

#include <stdlib.h>
#include <string.h>

#include "bisect.h"

struct watch_topic {
	int tag;
	bool queued, gone, names_lost;
	uint32_t events;
	int n_names;
	size_t last;			/* where the newest name begins in names */
	struct buf names;		/* each with its NUL */
	struct watch_topic *next;	/* in the queue */
};

void watch_pile_init(struct watch_pile *p)
{
	*p = (struct watch_pile){ .text = BUF_INIT };
	p->tail = &p->first;
}

static void topic_free(struct watch_topic *t)
{
	buf_free(&t->names);
	free(t);
}

void watch_pile_free(struct watch_pile *p)
{
	for (int i = 0; i < p->n; i++)
		topic_free(p->topic[i]);
	free(p->topic);
	free(p->list);
	buf_free(&p->text);
	watch_pile_init(p);
}

/* Where tag is, or would be inserted. */
static int topic_index(const struct watch_pile *p, int tag)
{
	int lo = 0, hi = p->n;

	BISECT(lo, hi, p->topic[mid]->tag < tag);
	return lo;
}

static bool make_room(struct watch_pile *p)
{
	int cap = p->cap ? p->cap * 2 : 16;
	struct watch_topic **more;

	if (p->n < p->cap)
		return true;
	more = realloc(p->topic, (size_t)cap * sizeof(*more));
	if (!more)
		return false;
	p->topic = more;
	p->cap = cap;
	return true;
}

struct watch_topic *watch_pile_topic(struct watch_pile *p, int tag)
{
	int i = topic_index(p, tag);
	struct watch_topic *t;

	if (i < p->n && p->topic[i]->tag == tag)
		return p->topic[i];
	if (!make_room(p))
		return NULL;
	t = malloc(sizeof(*t));
	if (!t)
		return NULL;
	*t = (struct watch_topic){ .tag = tag, .names = BUF_INIT };
	memmove(p->topic + i + 1, p->topic + i, (size_t)(p->n - i) * sizeof(*p->topic));
	p->topic[i] = t;
	p->n++;
	return t;
}

static void unqueue(struct watch_pile *p, struct watch_topic *t)
{
	struct watch_topic **at = &p->first;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	if (!*at)
		p->tail = at;
}

void watch_pile_forget(struct watch_pile *p, int tag)
{
	int i = topic_index(p, tag);

	if (i == p->n || p->topic[i]->tag != tag)
		return;
	if (p->topic[i]->queued)
		unqueue(p, p->topic[i]);
	topic_free(p->topic[i]);
	p->n--;
	memmove(p->topic + i, p->topic + i + 1, (size_t)(p->n - i) * sizeof(*p->topic));
}

static void queue(struct watch_pile *p, struct watch_topic *t)
{
	if (t->queued)
		return;
	t->queued = true;
	t->next = NULL;
	*p->tail = t;
	p->tail = &t->next;
}

/* A file that is created, written and closed gives its name three times in a
 * row: comparing with the newest one catches nearly all of that. */
static void add_name(struct watch_topic *t, const char *name)
{
	size_t at = t->names.len;

	if (t->n_names && !strcmp(t->names.s + t->last, name))
		return;
	if (t->n_names >= WATCH_NAMES_MAX) {
		t->names_lost = true;
		return;
	}
	buf_add(&t->names, name, strlen(name) + 1);
	if (t->names.failed) {
		t->names.failed = false;
		t->names_lost = true;
		return;
	}
	t->last = at;
	t->n_names++;
}

void watch_pile_event(struct watch_pile *p, struct watch_topic *t, uint32_t events,
		      const char *name)
{
	t->events |= events;
	if (name && *name)
		add_name(t, name);
	queue(p, t);
}

void watch_pile_gone(struct watch_pile *p, struct watch_topic *t)
{
	t->gone = true;
	queue(p, t);
}

void watch_pile_overflow(struct watch_pile *p)
{
	p->overflow = true;
}

void watch_pile_ended(struct watch_pile *p)
{
	p->overflow = true;
	p->ended = true;
}

bool watch_pile_empty(const struct watch_pile *p)
{
	return !p->first && !p->overflow;
}

/* Move the topic's words into *out; its names go to the end of p->text.  An
 * emptied topic keeps no memory: there may be thousands that rarely speak. */
static void take_topic(struct watch_pile *p, struct watch_topic *t, struct watch_hint *out)
{
	*out = (struct watch_hint){
		.tag = t->tag, .events = t->events, .gone = t->gone,
		.names_lost = t->names_lost, .n_names = t->n_names,
	};
	buf_add(&p->text, t->names.s, t->names.len);
	if (p->text.failed) {
		p->text.failed = false;
		out->n_names = 0;
		out->names_lost = true;
	}
	buf_free(&t->names);
	t->queued = t->gone = t->names_lost = false;
	t->events = 0;
	t->n_names = 0;
	t->last = 0;
}

static bool grow_list(struct watch_pile *p, size_t want)
{
	const char **more;

	if (want <= p->list_cap)
		return true;
	more = realloc(p->list, want * sizeof(*more));
	if (!more)
		return false;
	p->list = more;
	p->list_cap = want;
	return true;
}

/* Only now, when p->text moves no more, do the names have addresses. */
static void point_names(struct watch_pile *p, struct watch_hint *out, int n)
{
	const char *at = p->text.s;
	size_t total = 0, k = 0;
	bool room;

	for (int i = 0; i < n; i++)
		total += (size_t)out[i].n_names;
	room = grow_list(p, total);
	for (int i = 0; i < n; i++) {
		if (!room && out[i].n_names) {
			out[i].n_names = 0;
			out[i].names_lost = true;
		}
		out[i].names = out[i].n_names ? p->list + k : NULL;
		for (int j = 0; j < out[i].n_names; j++, at += strlen(at) + 1)
			p->list[k++] = at;
	}
}

int watch_pile_take(struct watch_pile *p, struct watch_hint *out, int max)
{
	int n = 0;

	buf_reset(&p->text);
	if (max > 0 && p->overflow) {
		out[n++] = (struct watch_hint){
			.tag = WATCH_ALL, .gone = p->ended, .names_lost = true,
		};
		p->overflow = false;
	}
	while (n < max && p->first) {
		struct watch_topic *t = p->first;

		p->first = t->next;
		if (!p->first)
			p->tail = &p->first;
		take_topic(p, t, &out[n++]);
	}
	point_names(p, out, n);
	return n;
}
