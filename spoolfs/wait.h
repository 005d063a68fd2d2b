/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wait - jobs/ID/wait: reading it takes until the job has ended.
 *
 * A read that has to wait is kept and answered later, by whoever notices the
 * end: no thread waits with it, so any number of readers can.  Interrupting
 * the reader (a signal) answers with EINTR.
 */
#ifndef SPOOLFS_WAIT_H
#define SPOOLFS_WAIT_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "parked.h"

struct view;
struct fuse_req;
struct fuse_pollhandle;

struct waits {
	pthread_mutex_t lock;
	struct parked_list list;
	uint64_t opened;	/* numbers open files */
};

void waits_init(struct waits *w);
/* Answer all that still wait with EINTR; the file system goes away. */
void waits_free(struct waits *w);

/* A file handle for one open(2), and its end. */
uint64_t wait_open(struct view *v);
void wait_release(struct view *v, uint64_t fh);
/* Answers req now, or later. */
void wait_read(struct view *v, struct fuse_req *req, uint64_t ino, size_t size, off_t off);
/* poll(2): POLLIN once the job has ended.  Takes ph, which may be NULL. */
void wait_poll(struct view *v, struct fuse_req *req, uint64_t ino, uint64_t fh,
	       struct fuse_pollhandle *ph);
/* Answer those whose job has ended, or has gone.  Not under the index's lock. */
void wait_sweep(struct view *v);

#endif
