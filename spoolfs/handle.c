/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "handle.h"

#include <stdlib.h>

#include "view.h"

void handles_init(struct handles *hs)
{
	*hs = (struct handles){ .first = NULL };
	pthread_mutex_init(&hs->lock, NULL);
}

void handles_free(struct view *v)
{
	while (v->handles.first) {
		/* Who still writes has not said that it is whole: nothing comes of it. */
		if (v->handles.first->is == HANDLE_DRAFT)
			v->handles.first->draft = NULL;
		handle_close(v, v->handles.first);
	}
	pthread_mutex_destroy(&v->handles.lock);
}

struct handle *handle_new(struct view *v, enum handle_kind is, uint64_t ino)
{
	struct handle *h = malloc(sizeof(*h));

	if (!h)
		return NULL;
	*h = (struct handle){ .is = is, .ino = ino };
	pthread_mutex_lock(&v->handles.lock);
	h->next = v->handles.first;
	if (h->next)
		h->next->prev = h;
	v->handles.first = h;
	pthread_mutex_unlock(&v->handles.lock);
	return h;
}

static void take_out(struct handles *hs, struct handle *h)
{
	pthread_mutex_lock(&hs->lock);
	if (h->prev)
		h->prev->next = h->next;
	else
		hs->first = h->next;
	if (h->next)
		h->next->prev = h->prev;
	pthread_mutex_unlock(&hs->lock);
}

void handle_close(struct view *v, struct handle *h)
{
	if (!h)
		return;
	take_out(&v->handles, h);
	if (h->is == HANDLE_DRAFT && h->draft)
		draft_release(&v->drafts, h->draft);
	if (h->is == HANDLE_QUESTION && h->question)
		question_close(v, h->question);
	if (h->is == HANDLE_EVENTS && h->events)
		events_close(&v->events, h->events);
	if (h->is == HANDLE_FILE)
		file_close(v, h->ino, h->file);
	if (h->is == HANDLE_DIR)
		dir_close(h->dir);
	free(h);
}
