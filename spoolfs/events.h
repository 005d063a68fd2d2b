/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events - what happened since the mount, a line for each transition of a job.
 *
 *	2026-11-22T03:00:01.000Z 0193a0c0-... running site=north attempt=1
 *
 * Everybody has a stream of their own: the lines of the jobs that they may see.
 * An offset in it means the same line for ever.  The last 16 MiB are kept; who
 * reads what is older goes on with the oldest that there is.  At the end a
 * read waits, or says EAGAIN with O_NONBLOCK; poll(2) tells of more.
 *
 * Written under the index's lock, read by the handlers; has its own lock.
 */
#ifndef SPOOLFS_EVENTS_H
#define SPOOLFS_EVENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "parked.h"
#include "uuid.h"

struct view;
struct who;
struct fuse_req;
struct fuse_pollhandle;
struct event;
struct event_total { uid_t owner; uint64_t bytes; };

struct events {
	pthread_mutex_t lock;
	struct event **event;		/* a ring */
	size_t first, count, cap;
	size_t bytes;			/* of all that are kept */
	uint64_t all;			/* bytes of all that ever were */
	uint64_t shared;		/* of those that everybody sees */
	struct event_total *total;	/* of each owner */
	size_t totals;
	int64_t changed;		/* nanoseconds since 1970 */
	struct parked_list waiting;
	bool news;			/* since the last events_wake() */
};

/* One open file. */
struct event_reader {
	uint64_t skipped;		/* bytes that were gone when it began */
	uint64_t at;			/* in the stream: the end of what it got */
};

bool events_init(struct events *e);
/* Answers all that still wait with EINTR. */
void events_free(struct events *e);

/* Lines as in a job's log, "TIME PHASE key=value ...\n"; remarks are left out. */
void events_add(struct events *e, const struct uuid *job, uid_t owner, const char *log, size_t len);
/* Tell those that wait.  Not under the index's lock. */
void events_wake(struct events *e);

/* How long the stream of this caller is, and when it last grew (nanoseconds). */
uint64_t events_size(struct events *e, const struct who *who, int64_t *changed);
/* Answers req now, or later. */
void events_read(struct view *v, struct fuse_req *req, struct event_reader *r, size_t size, off_t off,
		 bool wait);
/* Takes ph, which may be NULL. */
void events_poll(struct view *v, struct fuse_req *req, struct event_reader *r,
		 struct fuse_pollhandle *ph);
/* The open file goes. */
void events_close(struct events *e, struct event_reader *r);

#endif
