/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress - how far a transfer is, written by the child that makes it and read
 * by every process of the agent.
 *
 *	DONE TOTAL RATE		bytes, bytes, bytes/s
 *	URL
 *
 * It tells of a child that lives: without one it means nothing.
 */
#ifndef AGENT_PROGRESS_H
#define AGENT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	int dir;
	const char *name;
	const char *url;		/* where it comes from, or goes to */
	uint64_t total;			/* 0: not known */
	uint64_t before;		/* of files that are whole */
	/* inside */
	int64_t written, mark;		/* monotonic us */
	uint64_t marked, rate;
};

/* So many bytes of the present file are there now. */
void progress_moved(struct progress *p, uint64_t here);

struct progress_seen {
	uint64_t done, total, rate;
	char url[2001];
};
bool progress_read(int dir, const char *name, struct progress_seen *out);

#endif
