/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading at the end of events, and waiting there. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "event_part.h"
#include "view.h"

struct event_waiting {
	struct parked parked;
	struct event_reader *reader;
	struct who who;
	size_t size;
};

static void finish(struct parked *one, int err, const struct buf *text)
{
	parked_finish(one, text->failed ? ENOMEM : err, text->s, text->len);
}

/* Text for it, if there is any now; its reader is then behind it.  Under the lock. */
static bool ready(const struct events *e, const struct event_waiting *one, struct buf *out)
{
	uint64_t at = one->reader->at;

	if (one->parked.ph)
		return event_size(e, &one->who) > at;
	event_collect(e, &one->who, &at, one->size, out);
	one->reader->skipped += at - one->reader->at;
	one->reader->at = at + out->len;
	return out->len || out->failed;
}

void events_wake(struct events *e)
{
	struct parked **at;

	if (!__atomic_load_n(&e->news, __ATOMIC_SEQ_CST))
		return;
	pthread_mutex_lock(&e->lock);
	e->news = false;
	for (at = &e->waiting.first; *at; ) {
		struct buf text = BUF_INIT;

		if (ready(e, (struct event_waiting *)*at, &text))
			finish(parked_take(&e->waiting, at), 0, &text);
		else
			at = &(*at)->next;
		buf_free(&text);
	}
	pthread_mutex_unlock(&e->lock);
}

static void wait_for_more(struct events *e, struct event_waiting *one)
{
	struct buf text = BUF_INIT;
	bool now;
	int err = 0;

	parked_watch(&e->waiting, &one->parked);
	pthread_mutex_lock(&e->lock);
	if (fuse_req_interrupted(one->parked.req))
		err = EINTR;
	now = err || ready(e, one, &text);
	if (!now)
		parked_add(&e->waiting, &one->parked);
	pthread_mutex_unlock(&e->lock);
	if (now)
		finish(&one->parked, err, &text);
	buf_free(&text);
}

void events_read(struct view *v, struct fuse_req *req, struct event_reader *r, size_t size, off_t off,
		 bool wait)
{
	struct event_waiting *one = malloc(sizeof *one);
	struct buf text = BUF_INIT;
	bool now;

	if (!one) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*one = (struct event_waiting){ .parked.req = req, .reader = r, .size = size };
	who_init(&one->who, v, req);
	pthread_mutex_lock(&v->events.lock);
	r->at = (uint64_t)off + r->skipped;
	now = ready(&v->events, one, &text);
	pthread_mutex_unlock(&v->events.lock);
	if (now || !wait)
		finish(&one->parked, now ? 0 : EAGAIN, &text);
	else
		wait_for_more(&v->events, one);
	buf_free(&text);
}

void events_poll(struct view *v, struct fuse_req *req, struct event_reader *r,
		 struct fuse_pollhandle *ph)
{
	struct event_waiting *one = ph ? malloc(sizeof *one) : NULL;
	struct events *e = &v->events;
	struct who who;
	bool more;

	if (ph && !one)
		fuse_pollhandle_destroy(ph);
	who_init(&who, v, req);
	pthread_mutex_lock(&e->lock);
	more = event_size(e, &who) > r->at;
	parked_drop_poll(&e->waiting, (uintptr_t)r);
	if (one) {
		*one = (struct event_waiting){ .parked = { .ph = ph, .file = (uintptr_t)r }, .reader = r,
					       .who = who };
		parked_add(&e->waiting, &one->parked);
	}
	pthread_mutex_unlock(&e->lock);
	fuse_reply_poll(req, more ? POLLIN : 0);
}

void events_close(struct events *e, struct event_reader *r)
{
	pthread_mutex_lock(&e->lock);
	parked_drop_poll(&e->waiting, (uintptr_t)r);
	pthread_mutex_unlock(&e->lock);
	free(r);
}
