/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parked - reads and polls that are answered later.
 *
 * No thread waits with them, so there can be any number.  Each is answered once:
 * by whoever takes it from the list, under the list's lock.  The owner of the
 * list embeds struct parked as the first member of what it allocates.
 *
 * An interrupt may come as soon as parked_watch() was called, and finds nothing
 * until the request is in the list.  So, in this order:
 *
 *	parked_watch(list, one);
 *	(lock)
 *	if (fuse_req_interrupted(one->req)) ... else parked_add(list, one);
 *	(unlock; then see whether what is waited for has come meanwhile)
 */
#ifndef SPOOLFS_PARKED_H
#define SPOOLFS_PARKED_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct fuse_req;
struct fuse_pollhandle;

struct parked {
	struct parked *next;
	struct fuse_req *req;		/* a read; NULL: a poll */
	struct fuse_pollhandle *ph;
	uint64_t file;			/* of a poll: the open file */
};

struct parked_list {
	pthread_mutex_t *lock;		/* the owner's */
	struct parked *first;
	unsigned count;			/* atomic: may be read without the lock */
};

/* Interrupting the read answers it with EINTR.  Not under the lock. */
void parked_watch(struct parked_list *list, struct parked *one);

/* Under the lock. */
void parked_add(struct parked_list *list, struct parked *one);
struct parked *parked_take(struct parked_list *list, struct parked **at);
/* One poll for each open file: forget the older. */
void parked_drop_poll(struct parked_list *list, uint64_t file);

/* Answer what was taken, a read with an error or len bytes of text, and free it. */
void parked_finish(struct parked *one, int err, const char *text, size_t len);
/* The file system goes away: EINTR for all. */
void parked_finish_all(struct parked_list *list);

#endif
