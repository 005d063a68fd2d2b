/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parked.h"

#include <errno.h>
#include <stdlib.h>

#include "view.h"

void parked_add(struct parked_list *list, struct parked *one)
{
	one->next = list->first;
	list->first = one;
	__atomic_fetch_add(&list->count, 1, __ATOMIC_SEQ_CST);
}

struct parked *parked_take(struct parked_list *list, struct parked **at)
{
	struct parked *one = *at;

	*at = one->next;
	__atomic_fetch_sub(&list->count, 1, __ATOMIC_SEQ_CST);
	return one;
}

void parked_finish(struct parked *one, int err, const char *text, size_t len)
{
	if (one->ph) {
		fuse_lowlevel_notify_poll(one->ph);
		fuse_pollhandle_destroy(one->ph);
	}
	if (one->req && err)
		fuse_reply_err(one->req, err);
	else if (one->req)
		fuse_reply_buf(one->req, text, len);
	free(one);
}

void parked_finish_all(struct parked_list *list)
{
	while (list->first)
		parked_finish(parked_take(list, &list->first), EINTR, NULL, 0);
}

/* Called by libfuse in another thread. */
static void interrupted(fuse_req_t req, void *data)
{
	struct parked_list *list = data;
	struct parked **at, *one = NULL;

	pthread_mutex_lock(list->lock);
	for (at = &list->first; *at && (*at)->req != req; at = &(*at)->next)
		;
	if (*at)
		one = parked_take(list, at);
	pthread_mutex_unlock(list->lock);
	if (one)
		parked_finish(one, EINTR, NULL, 0);
}

void parked_watch(struct parked_list *list, struct parked *one)
{
	fuse_req_interrupt_func(one->req, interrupted, list);
}

void parked_drop_poll(struct parked_list *list, uint64_t file)
{
	struct parked **at, *one;

	for (at = &list->first; *at && ((*at)->req || (*at)->file != file); at = &(*at)->next)
		;
	if (!*at)
		return;
	one = parked_take(list, at);
	fuse_pollhandle_destroy(one->ph);
	free(one);
}
