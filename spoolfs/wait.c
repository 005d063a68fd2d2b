/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wait.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

/* Either a read that waits, or a poll. */
struct waiting {
	struct waiting *next;
	fuse_req_t req;
	struct fuse_pollhandle *ph;
	fuse_ino_t ino;
	uint64_t fh;		/* of a poll: the open file */
};

void waits_init(struct waits *w)
{
	*w = (struct waits){ .first = NULL };
	pthread_mutex_init(&w->lock, NULL);
}

static void finish(struct waiting *one, int err, const char *text)
{
	if (one->ph) {
		fuse_lowlevel_notify_poll(one->ph);
		fuse_pollhandle_destroy(one->ph);
	}
	if (one->req && err)
		fuse_reply_err(one->req, err);
	else if (one->req)
		fuse_reply_buf(one->req, text, strlen(text));
	free(one);
}

void waits_free(struct waits *w)
{
	while (w->first) {
		struct waiting *one = w->first;

		w->first = one->next;
		finish(one, EINTR, "");
	}
	pthread_mutex_destroy(&w->lock);
}

/* 1: ended, text holds the phase; 0: not yet; -1: there is no such job any more. */
static int ended(struct view *v, fuse_ino_t ino, char text[32])
{
	const struct job *j;
	int rc = -1;

	index_rdlock(&v->index);
	j = index_job(&v->index, tree_index(ino), tree_gen(ino));
	if (j)
		rc = phase_final((enum phase)j->phase);
	if (rc > 0)
		snprintf(text, 32, "%s\n", phase_name((enum phase)j->phase));
	index_unlock(&v->index);
	return rc;
}

static void add(struct waits *w, struct waiting *one)
{
	one->next = w->first;
	w->first = one;
	__atomic_fetch_add(&w->count, 1, __ATOMIC_SEQ_CST);
}

static struct waiting *take(struct waits *w, struct waiting **at)
{
	struct waiting *one = *at;

	*at = one->next;
	__atomic_fetch_sub(&w->count, 1, __ATOMIC_SEQ_CST);
	return one;
}

void wait_sweep(struct view *v)
{
	struct waits *w = &v->waits;
	char text[32] = "";
	struct waiting **at;

	if (!__atomic_load_n(&w->count, __ATOMIC_SEQ_CST))
		return;
	pthread_mutex_lock(&w->lock);
	for (at = &w->first; *at; ) {
		int rc = ended(v, (*at)->ino, text);

		if (rc)
			finish(take(w, at), rc < 0 ? ENOENT : 0, text);
		else
			at = &(*at)->next;
	}
	pthread_mutex_unlock(&w->lock);
}

/* Called by libfuse in another thread.  Whoever takes it from the list answers it. */
static void interrupted(fuse_req_t req, void *data)
{
	struct waits *w = data;
	struct waiting **at, *one = NULL;

	pthread_mutex_lock(&w->lock);
	for (at = &w->first; *at && (*at)->req != req; at = &(*at)->next)
		;
	if (*at)
		one = take(w, at);
	pthread_mutex_unlock(&w->lock);
	if (one)
		finish(one, EINTR, "");
}

/*
 * The order matters twice.  The interrupt may come as soon as its function is
 * set, and finds nothing until we are in the list: so it is looked for once
 * more under the lock.  And the job may end before we are in the list: so a
 * sweep comes after.
 */
static void wait_for_end(struct view *v, fuse_req_t req, fuse_ino_t ino)
{
	struct waiting *one = malloc(sizeof(*one));
	bool gone;

	if (!one) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*one = (struct waiting){ .req = req, .ino = ino };
	fuse_req_interrupt_func(req, interrupted, &v->waits);
	pthread_mutex_lock(&v->waits.lock);
	gone = fuse_req_interrupted(req);
	if (!gone)
		add(&v->waits, one);
	pthread_mutex_unlock(&v->waits.lock);
	if (gone)
		finish(one, EINTR, "");
	else
		wait_sweep(v);
}

void wait_read(struct view *v, struct fuse_req *req, uint64_t ino, size_t size, off_t off)
{
	char text[32] = "";
	size_t len;
	int rc = ended(v, ino, text);

	/* A second read, at the end of what the first one got. */
	if (rc == 0 && off == 0) {
		wait_for_end(v, req, ino);
		return;
	}
	if (rc < 0) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	len = strlen(text);
	if ((size_t)off > len)
		off = (off_t)len;
	len -= (size_t)off;
	fuse_reply_buf(req, text + off, len < size ? len : size);
}

uint64_t wait_open(struct view *v)
{
	return __atomic_add_fetch(&v->waits.opened, 1, __ATOMIC_RELAXED);
}

/* One handle for each open file: a newer one takes the place of the older. */
static void drop_poll(struct waits *w, uint64_t fh)
{
	struct waiting **at, *one;

	for (at = &w->first; *at && ((*at)->req || (*at)->fh != fh); at = &(*at)->next)
		;
	if (!*at)
		return;
	one = take(w, at);
	fuse_pollhandle_destroy(one->ph);
	free(one);
}

void wait_release(struct view *v, uint64_t fh)
{
	pthread_mutex_lock(&v->waits.lock);
	drop_poll(&v->waits, fh);
	pthread_mutex_unlock(&v->waits.lock);
}

void wait_poll(struct view *v, struct fuse_req *req, uint64_t ino, uint64_t fh,
	       struct fuse_pollhandle *ph)
{
	struct waiting *one = ph ? malloc(sizeof(*one)) : NULL;
	char text[32];
	int rc;

	if (ph && !one)
		fuse_pollhandle_destroy(ph);
	if (one) {
		*one = (struct waiting){ .ph = ph, .ino = ino, .fh = fh };
		pthread_mutex_lock(&v->waits.lock);
		drop_poll(&v->waits, fh);
		add(&v->waits, one);
		pthread_mutex_unlock(&v->waits.lock);
	}
	rc = ended(v, ino, text);
	fuse_reply_poll(req, rc ? POLLIN | (rc < 0 ? POLLHUP : 0) : 0);
	if (one)
		wait_sweep(v);
}
