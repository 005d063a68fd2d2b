/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading at the end of events, and waiting there: as in wait.c. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "event_part.h"
#include "view.h"

/* Either a read that waits, or a poll. */
struct event_waiting {
	struct event_waiting *next;
	fuse_req_t req;
	struct fuse_pollhandle *ph;
	struct event_reader *reader;
	struct who who;
	size_t size;
};

static struct event_waiting *take(struct event_waiting **at)
{
	struct event_waiting *one = *at;

	*at = one->next;
	return one;
}

static void finish(struct event_waiting *one, int err, const struct buf *text)
{
	if (one->ph) {
		fuse_lowlevel_notify_poll(one->ph);
		fuse_pollhandle_destroy(one->ph);
	}
	if (one->req && err)
		fuse_reply_err(one->req, err);
	else if (one->req)
		fuse_reply_buf(one->req, text->s, text->len);
	free(one);
}

void event_release_all(struct events *e)
{
	while (e->waiting)
		finish(take(&e->waiting), EINTR, NULL);
}

/* Text for it, if there is any now; its reader is then behind it.  Under the lock. */
static bool ready(const struct events *e, const struct event_waiting *one, struct buf *out)
{
	uint64_t at = one->reader->at;

	if (one->ph)
		return event_size(e, &one->who) > at;
	event_collect(e, &one->who, &at, one->size, out);
	one->reader->skipped += at - one->reader->at;
	one->reader->at = at + out->len;
	return out->len || out->failed;
}

void events_wake(struct events *e)
{
	struct event_waiting **at;

	if (!__atomic_load_n(&e->news, __ATOMIC_SEQ_CST))
		return;
	pthread_mutex_lock(&e->lock);
	e->news = false;
	for (at = &e->waiting; *at; ) {
		struct buf text = BUF_INIT;

		if (ready(e, *at, &text))
			finish(take(at), text.failed ? ENOMEM : 0, &text);
		else
			at = &(*at)->next;
		buf_free(&text);
	}
	pthread_mutex_unlock(&e->lock);
}

/* By libfuse, in another thread.  Whoever takes it from the list answers it. */
static void interrupted(fuse_req_t req, void *data)
{
	struct events *e = data;
	struct event_waiting **at, *one = NULL;

	pthread_mutex_lock(&e->lock);
	for (at = &e->waiting; *at && (*at)->req != req; at = &(*at)->next)
		;
	if (*at)
		one = take(at);
	pthread_mutex_unlock(&e->lock);
	if (one)
		finish(one, EINTR, NULL);
}

/* The interrupt finds nothing before we are in the list, so it is looked for
 * once more under the lock. */
static void wait_for_more(struct events *e, struct event_waiting *one)
{
	struct buf text = BUF_INIT;
	bool now;
	int err = 0;

	fuse_req_interrupt_func(one->req, interrupted, e);
	pthread_mutex_lock(&e->lock);
	if (fuse_req_interrupted(one->req))
		err = EINTR;
	now = err || ready(e, one, &text);
	if (!now) {
		one->next = e->waiting;
		e->waiting = one;
	}
	pthread_mutex_unlock(&e->lock);
	if (now)
		finish(one, text.failed ? ENOMEM : err, &text);
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
	*one = (struct event_waiting){ .req = req, .reader = r, .size = size };
	who_init(&one->who, v, req);
	pthread_mutex_lock(&v->events.lock);
	r->at = (uint64_t)off + r->skipped;
	now = ready(&v->events, one, &text);
	pthread_mutex_unlock(&v->events.lock);
	if (now || !wait)
		finish(one, now ? text.failed ? ENOMEM : 0 : EAGAIN, &text);
	else
		wait_for_more(&v->events, one);
	buf_free(&text);
}

static void drop_polls(struct events *e, const struct event_reader *r)
{
	struct event_waiting **at = &e->waiting, *one;

	while (*at) {
		if ((*at)->req || (*at)->reader != r) {
			at = &(*at)->next;
			continue;
		}
		one = take(at);
		fuse_pollhandle_destroy(one->ph);
		free(one);
	}
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
	/* One for each open file: a newer one takes the place of the older. */
	drop_polls(e, r);
	if (one) {
		*one = (struct event_waiting){ .next = e->waiting, .ph = ph, .reader = r, .who = who };
		e->waiting = one;
	}
	pthread_mutex_unlock(&e->lock);
	fuse_reply_poll(req, more ? POLLIN : 0);
}

void events_close(struct events *e, struct event_reader *r)
{
	pthread_mutex_lock(&e->lock);
	drop_polls(e, r);
	pthread_mutex_unlock(&e->lock);
	free(r);
}
