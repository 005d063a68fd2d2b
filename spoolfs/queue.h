/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue - the jobs that have not ended, as a table.
 *
 *	ID  NAME  USER  PHASE  SITE  SINCE  REASON
 *
 * Which jobs, and how wide the columns are, is taken down when it is opened;
 * the rows are written as far as somebody reads, each as it is at that moment.
 * A job that has ended meanwhile is left out.  Oldest first.
 */
#ifndef SPOOLFS_QUEUE_H
#define SPOOLFS_QUEUE_H

#include "view.h"

struct queue;

/* site: only its jobs; NULL: all.  NULL: out of memory. */
struct queue *queue_open(struct view *v, const struct who *who, const char *site);
void queue_close(struct queue *q);
/* Answer a read of at most size bytes at off. */
void queue_reply(struct queue *q, fuse_req_t req, size_t size, off_t off);

#endif
