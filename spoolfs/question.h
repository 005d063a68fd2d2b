/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * question - whatif/: what would be, if this document were dropped?
 *
 *	cp job.yaml whatif/		asked when it is closed
 *	cat whatif/job.answer		YES ..., NO ..., INVALID ...
 *
 * Each user has a whatif/ of their own: nobody sees others' questions.  All is in
 * memory and forgotten after ten minutes; the hub answers through SPOOL/whatif/.
 * Has its own lock.  All return 0 or an errno.
 */
#ifndef SPOOLFS_QUESTION_H
#define SPOOLFS_QUESTION_H

#include <pthread.h>
#include <stdbool.h>

#include "buf.h"
#include "draft.h"

struct question;
struct view;

struct questions {
	pthread_mutex_t lock;
	struct question *first;
};

void questions_init(struct questions *q);
void questions_free(struct questions *q);

/* create: it need not be there.  The question counts as open until question_close(). */
int question_open(struct view *v, const struct author *a, const char *name, bool create,
		  bool truncate, struct question **out);
int question_write(struct view *v, struct question *q, const void *bytes, size_t n, off_t off);
/* Append at most n bytes from off to out. */
void question_read(struct view *v, struct question *q, size_t n, off_t off, struct buf *out);
int question_resize(struct view *v, struct question *q, size_t size);
/* Ask, if there is something new to ask.  EINVAL: the document is at fault;
 * EACCES, EDQUOT, ESTALE, ENOSPC: the answer is NO, and that is why (spoolfs(8));
 * EAGAIN: nobody answers.  May take some seconds. */
int question_flush(struct view *v, struct question *q);
void question_close(struct view *v, struct question *q);
int question_remove(struct view *v, const struct author *a, const char *name);
/* Append the answer to whatif/NAME; false: there is none. */
bool question_reason(struct view *v, uid_t uid, const char *name, struct buf *out);

#endif
