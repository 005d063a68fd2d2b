/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent - what all parts of the agent look at.
 *
 * One turn (pass.c) goes through the parts in this order, and `run` makes one
 * turn, `watch` one for each thing that happens:
 *
 *	receive		read down/, put attempts into waiting/, cancel, settle
 *	collect		attempts whose shim has ended go to ended/
 *	stage		their data, in children
 *	start		make job directories, choose what fits
 *	tell		one message: hidden
 *	state_flush	one flush for all of the above
 *	launch, show	only now anybody outside is told
 *
 * Every part does again what it did before it was killed, without harm.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "attempt.h"
#include "cache.h"
#include "fetch.h"
#include "gpus.h"
#include "heard.h"
#include "ledger.h"
#include "local.h"
#include "log.h"
#include "machine.h"
#include "mailbox.h"
#include "runner.h"
#include "settings.h"
#include "state.h"
#include "transport.h"

struct loop;
struct watching;

struct mail_state {
	uint64_t cursor;		/* last message of the hub that was acted on */
	struct uuid cursor_box;		/* in which sequence; zero: none yet */
	uint64_t acked;			/* last message of ours that is safe at the hub */
	bool owe_ack;			/* something was received since our last message */
	bool stopped;			/* a message does not parse; said to the log */
};

struct tell_state {
	int64_t last;			/* when our newest message was made; monotonic us */
	int64_t soft_since;		/* since when `soft` is seen; 0: it is not */
	bool soft;			/* something is worth telling, not urgently */
	int64_t look;			/* when to look at the machine again; monotonic us */
	bool final;			/* an attempt ended and has not been told */
	bool with_site;			/* the hidden message has the site document */
	int64_t site_last;		/* when the site document was told; instant; 0: never */
	uint32_t asked;			/* question of the hub that waits for an answer; 0: none */
	int64_t answer_by;		/* instant_steady_ms(): answered then at the latest */
	bool whole;			/* it wants to hear of all datasets */
	struct buf site_told;		/* what of it counts, as told last */
};

struct agent {
	const struct settings *set;
	struct log log;
	struct transport hub;
	struct state st;
	struct mailbox up;
	struct mail_state mail;
	struct tell_state tell;
	struct attempts held;
	struct cache cache;
	struct fetches fetches;
	struct locals locals;
	struct ledger ledger;
	struct heard heard;
	struct runners runners;
	struct machine machine;		/* as measured last */
	struct gpus gpus;
	uint32_t cores;			/* what is offered: configured, or what there is */
	uint64_t memory, disk;
	struct buf trash;		/* names below ended/ to be removed, NUL after each */
	int64_t trash_next;		/* when to try removing again; instant_steady_ms() */
	pid_t probing;			/* a child that measures the stores; 0: none of ours */
	pid_t scrubbing;		/* one that reads the cache again */
	char *shim;			/* path of spool-shim */
	struct loop *loop;		/* watch: who waits for descriptors; NULL otherwise */
	int64_t stage_next;		/* when to look at coming data; instant_steady_ms() */
	uint32_t unindexed;		/* so many more that held_index.h's file names have gone */
	bool let_go;			/* somebody waits no more: nor may its data have to come */
	bool unstaged;			/* somebody waits whose data has not been looked at */
	struct watching *watching;	/* watch: see pass_watch.c */
	int64_t flush_ms;		/* how long the last flush took */
	bool dirty;			/* a flush has to come before the next launch or show */
	bool flush_failed;		/* nobody knows what is on disk: to be started again */
	bool watch;
};

/* Open everything, take the lock, read the state.  1; 0: another agent has the
 * lock; -1.  With mail false the mailboxes are left alone. */
int agent_open(struct agent *a, const struct settings *set, bool mail, struct diag *d);
void agent_close(struct agent *a);

#endif
