/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event_part - what the parts of events.h share.  Everything is called with the
 * lock of the events held.
 */
#ifndef SPOOLFS_EVENT_PART_H
#define SPOOLFS_EVENT_PART_H

#include "buf.h"
#include "events.h"

struct event {
	uid_t owner;
	bool shared;		/* everybody sees it */
	size_t len;
	uint64_t end_all;	/* where it ends in the stream of all, */
	uint64_t end_own;	/* ... and in its owner's */
	char text[];
};

uint64_t event_size(const struct events *e, const struct who *who);
/* Append at most size bytes from *at on; *at moves if what was there has gone. */
void event_collect(const struct events *e, const struct who *who, uint64_t *at, size_t size,
		   struct buf *out);

#endif
