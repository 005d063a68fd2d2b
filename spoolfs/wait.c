/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wait.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

struct waiting {
	struct parked parked;
	fuse_ino_t ino;
};

void waits_init(struct waits *w)
{
	*w = (struct waits){ .list.lock = &w->lock };
	pthread_mutex_init(&w->lock, NULL);
}

void waits_free(struct waits *w)
{
	parked_finish_all(&w->list);
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

void wait_sweep(struct view *v)
{
	struct waits *w = &v->waits;
	char text[32] = "";
	struct parked **at;

	if (!__atomic_load_n(&w->list.count, __ATOMIC_SEQ_CST))
		return;
	pthread_mutex_lock(&w->lock);
	for (at = &w->list.first; *at; ) {
		int rc = ended(v, ((struct waiting *)*at)->ino, text);

		if (rc)
			parked_finish(parked_take(&w->list, at), rc < 0 ? ENOENT : 0, text, strlen(text));
		else
			at = &(*at)->next;
	}
	pthread_mutex_unlock(&w->lock);
}

/* The job may end before we are in the list: so a sweep comes after. */
static void wait_for_end(struct view *v, fuse_req_t req, fuse_ino_t ino)
{
	struct waiting *one = malloc(sizeof(*one));
	bool gone;

	if (!one) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*one = (struct waiting){ .parked.req = req, .ino = ino };
	parked_watch(&v->waits.list, &one->parked);
	pthread_mutex_lock(&v->waits.lock);
	gone = fuse_req_interrupted(req);
	if (!gone)
		parked_add(&v->waits.list, &one->parked);
	pthread_mutex_unlock(&v->waits.lock);
	if (gone)
		parked_finish(&one->parked, EINTR, NULL, 0);
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

void wait_release(struct view *v, uint64_t fh)
{
	pthread_mutex_lock(&v->waits.lock);
	parked_drop_poll(&v->waits.list, fh);
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
		*one = (struct waiting){ .parked = { .ph = ph, .file = fh }, .ino = ino };
		pthread_mutex_lock(&v->waits.lock);
		parked_drop_poll(&v->waits.list, fh);
		parked_add(&v->waits.list, &one->parked);
		pthread_mutex_unlock(&v->waits.lock);
	}
	rc = ended(v, ino, text);
	fuse_reply_poll(req, rc ? POLLIN | (rc < 0 ? POLLHUP : 0) : 0);
	if (one)
		wait_sweep(v);
}
