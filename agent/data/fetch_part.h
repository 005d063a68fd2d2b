/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fetch_part - what fetch.c and fetch_choose.c have in common.
 */
#ifndef AGENT_FETCH_PART_H
#define AGENT_FETCH_PART_H

#include "fetch.h"

struct fetch {
	struct fetch *next;
	struct digest digest;
	char name[129];
	uint64_t bytes;
	uint32_t files;
	bool unknown;
	char *from;
	pid_t pid;			/* 0: no child of ours */
	bool busy;			/* a child of an earlier process is at it */
	bool stopped;			/* it is told to end; see fetch_stop() */
	uint32_t waiters;		/* noted since the last choice */
	int64_t since;			/* first noted; monotonic ms */
	int64_t again;			/* monotonic ms; 0: at once */
	int tries;
	enum fetch_state state;		/* after the last try, or why there was none */
	char text[400];
	struct fetches *all;
};

/* What the last child left, to its state and text. */
void fetch_outcome(struct fetch *one);
/* Look whether an earlier process's child is at it. */
void fetch_busy(struct fetches *f, struct fetch *one);
/* It is no more. */
void fetch_drop(struct fetches *f, struct fetch *one);

#endif
