/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attempt - what this site knows about each attempt it has been given.
 *
 * An attempt is one try of one job; it is named JOB.ATTEMPT everywhere here.
 * Where its file or directory lies in the state directory is the truth, and
 * the table is made from that at the start of every process:
 *
 *	state		on disk				left by
 *	WAITING		waiting/KEY.yaml		stage.c (inputs), start.c (a slot)
 *	PREPARING	preparing/KEY.yaml		stage.c, when its inputs are there
 *	READY		waiting/KEY.yaml and		start.c: made ahead of time, on
 *			running/.KEY.tmp/		disk, needs a core and a rename
 *	RUNNING		running/KEY/, running/KEY.yaml	collect.c, when `exit` is there
 *	COLLECTING	the same			collect.c: a child gathers results
 *	ENDED		ended/KEY/			act.c, when the hub settles it
 *
 * What a crash may leave behind, and who puts it right: see held_scan.c.
 */
#ifndef AGENT_ATTEMPT_H
#define AGENT_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "diag.h"
#include "message.h"
#include "uuid.h"

enum attempt_state {
	ATTEMPT_WAITING,
	ATTEMPT_PREPARING,
	ATTEMPT_READY,
	ATTEMPT_RUNNING,
	ATTEMPT_COLLECTING,
	ATTEMPT_ENDED,
	ATTEMPT_STATES
};

enum { ATTEMPT_KEY = 52 };		/* a UUID, a dot, ten digits and a NUL */

struct attempt_need {			/* a dataset it reads */
	char name[65];			/* of the storage resource */
	char dataset[129];		/* in the catalogue */
	struct digest digest;
	uint64_t bytes;
	uint32_t files;			/* of a tree that comes from elsewhere than the hub; 0 */
	bool unknown;			/* digest and bytes are what will come */
	char *from;			/* URLs and "hub", each on a line; NULL: the hub */
};

struct attempt_gpu { char *type; uint32_t count; };	/* type NULL: any */

struct attempt {
	struct attempt *hash_next;
	struct attempt *prev, *next;	/* in the list of its state, oldest first */
	struct uuid job;
	uint32_t number;
	char key[ATTEMPT_KEY];
	enum attempt_state state;

	uint64_t message;		/* number of the message that brought it, */
	uint32_t line;			/* and its place there: the order of arrival */
	uint32_t cores;
	uint64_t memory;
	struct attempt_gpu *gpu;	/* what it takes of them */
	uint32_t gpus;
	int64_t start;			/* instant that was agreed; 0: none.  See schedule.h */
	int64_t length;			/* microseconds it is believed to take; 0: for ever */
	struct attempt_need *need;
	uint32_t needs;
	uint32_t passed;		/* how often a later one was started before it */
	uint64_t staged;		/* bytes fetched for it */
	bool indexed;			/* WAITING: stands in held_index.h's file, */
	bool unseen;			/* and its own was not seen yet */
	bool inputs;			/* all it needs is here, and stays as long as we hold it */
	bool flushed;			/* READY: survives a power cut */
	bool chosen;			/* READY: to be launched after the flush */
	bool cancelled;			/* RUNNING: it has been told to stop */
	bool trouble;			/* an error was logged for it in this process */
	bool sending;			/* COLLECTING: what goes elsewhere than home */
	bool gathering;			/* when we began, a child of an earlier process was at it */

	pid_t pid;			/* RUNNING: its shim; COLLECTING: the child; 0: none */
	int pidfd;			/* -1: none */
	bool found;			/* by this process; what lies there may be of another boot */
	bool child;			/* pid is a child of this process */
	int64_t started;		/* instant; 0: unknown */
	int64_t again;			/* RUNNING, no shim: when to try next, instant_steady_ms() */

	/* what the hub has been told: see tell.c */
	int told_phase;			/* enum phase; -1: nothing */
	uint64_t told_in;		/* number of our message that says so */
	int64_t told_at;		/* when that was made; monotonic us */
	char *remark;			/* PREPARING, COLLECTING: what it waits for; NULL */
	bool tidy;			/* ENDED: its work directory has gone */
	bool left;			/* a name that it had before is there still: not settled with it */
};

struct attempt_list { struct attempt *first, *last; uint32_t count; };

struct attempts {
	struct attempt **bucket;
	uint32_t buckets, count;
	struct attempt_list in[ATTEMPT_STATES];
	uint32_t scheduled;		/* those with a start; more than none, if not exactly */
	uint32_t cores;			/* of all that are RUNNING */
	uint64_t memory;
	uint32_t with_gpus;		/* RUNNING, and take any */
};

void attempt_key(char key[ATTEMPT_KEY], const struct uuid *job, uint32_t number);
/* "KEY" or "KEY.yaml"; false: not one of our names. */
bool attempt_key_parse(const char *name, const char *suffix, struct uuid *job, uint32_t *number);

struct attempt *attempts_find(const struct attempts *t, const struct uuid *job, uint32_t number);
/* Not there before.  NULL: out of memory. */
struct attempt *attempts_add(struct attempts *t, const struct uuid *job, uint32_t number,
			     enum attempt_state state);
/* To the end of another list. */
void attempt_move(struct attempts *t, struct attempt *a, enum attempt_state state);
void attempts_remove(struct attempts *t, struct attempt *a);
void attempts_free(struct attempts *t);
/* Put one list into the order of arrival. */
void attempts_sort(struct attempts *t, enum attempt_state state);
/* Take over what an assignment says that scheduling here needs; all of it but
 * what it needs of data and of GPUs stands in held_index.h's file, too. */
int attempt_fill(struct attempt *a, const struct message_assign *m, struct diag *d);

#endif
