/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * job - the table of all jobs that have not ended.
 *
 * One struct of fixed size each, found by id through an open hash; a job is
 * named by its index, which is stable while it lives.  Everything else about
 * a job is in its file.
 *
 * Each job hangs in exactly one list: pending ones in their lane or beside it
 * (queue.h); those at a site in that site's list.
 */
#ifndef SPOOLD_JOB_H
#define SPOOLD_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "lookup.h"
#include "phase.h"
#include "uuid.h"

#define NO_JOB UINT32_MAX
#define NO_SITE UINT16_MAX

/* The list of a pending job. */
enum job_hangs { HANGS_NOWHERE, HANGS_IN_LANE, HANGS_HELD, HANGS_ASIDE };

struct job {
	struct uuid id;
	int64_t  since;		/* instant of the last transition, or of the drop */
	uint64_t message;	/* the message that assigned it */
	uint64_t hold;		/* what it takes on its site's timeline (timeline_handle); 0: nothing */
	int64_t  length;	/* microseconds that it may take */
	uint64_t memory;
	int64_t  start;		/* at a site: when it is to start, or may; 0: not known */
	uint32_t shape;		/* index into shapes */
	uint32_t lane;		/* index into lanes: where it waits; queue.h */
	uint32_t next, prev;	/* in its list; next: also the free list */
	uint32_t owner;
	uint32_t name;		/* learned_name() */
	uint32_t attempt;
	uint32_t cores;		/* given to it at its site; 0: as its shape says, also below */
	uint32_t reserved;	/* at a site: 1 + index of the reservation that it is in; 0: none */
	uint32_t array;		/* 1 + index of the array that it is, or is a task of; 0: none */
	uint32_t place;		/* of a task */
	uint32_t after;		/* 1 + its first edge; 0: waits for nobody; after.h */
	uint32_t gang;		/* 1 + index of the transaction that it belongs to; 0: none */
	uint32_t fresh;		/* 1 + index of its text that is not on disk yet; 0: none */
	uint16_t site;
	uint16_t planned_at;	/* pending: the site whose timeline has `hold`; NO_SITE: none */
	uint16_t shunned;	/* site whose fault ended the last attempt */
	uint8_t  phase;
	uint8_t  retries;	/* further attempts when the job itself fails */
	uint8_t  failures;	/* how many it has had */
	uint8_t  hangs;		/* enum job_hangs */
	bool     cancelling : 1;
	bool     agreed : 1;	/* start is a promise: neither earlier nor later */
	bool     ahead : 1;	/* at a site whose pull credit it does not use before it starts */
	bool     held : 1;	/* pending, and somebody wants it so until a `release` */
	bool     aside : 1;	/* pending, until its transaction is placed; gang.h */
	bool     waits : 1;	/* pending, until other jobs have ended; after.h */
	bool     rests : 1;	/* an array, pending, that has no task to make now; arrays.h */
	bool     tasks : 1;	/* it is an array */
	bool     unresolved : 1;	/* its site has to get its software first; software.h */
	bool     task : 1;	/* of one */
	bool     lasting : 1;	/* its request may have storage with a lifetime; see lifetime.h */
};

struct job_list { uint32_t head, tail, count; };
#define JOB_LIST_INIT { NO_JOB, NO_JOB, 0 }

struct jobs {
	struct job *job;
	uint32_t used, cap, free;	/* free: head of the free list */
	struct lookup by_id;
	uint32_t count;
	uint32_t in_phase[PHASES];
};

void jobs_init(struct jobs *t);
void jobs_free(struct jobs *t);
/* NO_JOB: out of memory.  The id must be new. */
uint32_t jobs_add(struct jobs *t, const struct uuid *id);
void jobs_remove(struct jobs *t, uint32_t j);
uint32_t jobs_find(const struct jobs *t, const struct uuid *id);
/* Sets the phase and keeps in_phase. */
void jobs_set_phase(struct jobs *t, uint32_t j, enum phase p);

void job_list_append(struct jobs *t, struct job_list *l, uint32_t j);
void job_list_prepend(struct jobs *t, struct job_list *l, uint32_t j);
void job_list_remove(struct jobs *t, struct job_list *l, uint32_t j);

#endif
