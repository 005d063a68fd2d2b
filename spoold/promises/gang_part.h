/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gang_part - what gang*.c share.  For these files only. */
#ifndef SPOOLD_GANG_PART_H
#define SPOOLD_GANG_PART_H

#include "gang.h"
#include "hub.h"
#include "plan/spans.h"

#define NO_GANG UINT32_MAX

struct gang_extra;

/* --- its jobs (gang_give.c) ----------------------------------------------------------- */

/* Those that have not ended, as they stand in the table. */
struct crew {
	uint32_t *member, *job, *shape;
	uint16_t *site;
	timeline_handle *plan;
	int64_t *length;		/* that they may take, in a reservation */
	uint32_t n;
	bool whole;			/* all of them hang aside */
	bool back;			/* one of them does, and no site is to have it yet */
	bool owed;			/* one of them is to be given to its site */
	bool inside;			/* in a reservation */
	uint32_t waits;			/* 1 + index of a job that waits for others to end; 0: none */
	uint16_t shunned;		/* 1 + the site whose fault brought all of them back; 0: none */
	struct spans when;		/* all of them may start; gang.c asks for it */
};

/* -1: out of memory; crew_end() is due in any case. */
int crew_begin(struct hub *h, uint32_t g, struct crew *c, struct diag *d);
void crew_end(struct crew *c);

/* All to the sites in c->site, written down first; those of a reservation from
 * the gang's start on. */
int gang_give_all(struct hub *h, uint32_t g, struct crew *c, struct diag *d);
/* Of one that was placed: those that are owed to their sites, or came back. */
int gang_give(struct hub *h, uint32_t g, struct crew *c, struct diag *d);
/* Before it has begun, at an instant to come, one of it came back: so do the
 * others.  1: some did; 0; -1. */
int gang_recall(struct hub *h, uint32_t g, const struct crew *c, struct diag *d);
/* All of it is back: is it to be placed together anew? */
bool gang_moves(struct hub *h, uint32_t g, const struct crew *c);
/* They end as its file says that they shall. */
int gang_end_members(struct hub *h, uint32_t g, const struct crew *c, struct diag *d);

/* --- where (gang_place.c) ------------------------------------------------------------ */

/* What is to be placed together: one shape for each job, in any order. */
struct gang_want {
	const uint32_t *shape;
	uint32_t n;
	uint32_t owner;
	enum transaction_same same;
	enum transaction_layout layout;
	uint16_t shunned;	/* 1 + the site whose fault ended the last attempt; 0: none */
};

/* Sites at which all can start now.  1: site[i] of each; 0: not now; -1.
 * Nothing stays taken. */
int gang_place_now(struct hub *h, const struct gang_want *w, uint16_t *site, struct diag *d);
/* The earliest common start in these spans, with it taken as PLACE_PLANNED: 1,
 * site[i] and plan[i]; 0: there is none, or none is known; -1. */
int gang_place_later(struct hub *h, const struct gang_want *w, const struct spans *when, uint16_t *site,
		     timeline_handle *plan, int64_t *start, struct diag *d);
/* One job that was placed before and came back: at its site, or with SAME_GROUP
 * at one that shares a group with it.  1: *site; 0: not now; -1. */
int gang_place_again(struct hub *h, const struct gang_want *w, enum transaction_same same, uint16_t first,
		     uint16_t *site, struct diag *d);
/* It can never be, whatever ends: why.  Only what is certain counts (gang_never.c). */
bool gang_place_never(struct hub *h, const struct gang_want *w, struct buf *why);

/* --- files (gang_file.c) --------------------------------------------------------------- */

/* Append a line and move the file from the phase that it has to another. */
int gang_write_phase(struct hub *h, uint32_t g, enum transaction_phase to, struct buf *line, struct diag *d);
/* A remark. */
int gang_write(struct hub *h, uint32_t g, struct buf *line, struct diag *d);
/* Its members shall end so: written down, and begun with. */
int gang_end(struct hub *h, uint32_t g, enum phase p, const char *by, const char *text, struct diag *d);

/* Has it ended so, as a whole? */
bool gang_was_cancelled(const struct hub *h, const struct uuid *id);

/* --- the table (gang_table.c) ---------------------------------------------------------------- */

uint32_t gang_find(const struct hub *h, const struct uuid *id);
uint32_t gang_add(struct hub *h, const struct transaction_state *st, const struct transaction *x,
		  struct diag *d);
void gang_remove(struct hub *h, uint32_t g);
/* One member, made from the document: its file, and it waits aside. */
int gang_make_member(struct hub *h, const struct job_record *of, const struct uuid *id,
		     const struct transaction_job *m, const struct gang_extra *e, struct diag *d);
void gang_drop_plan(struct hub *h, uint32_t g);

#endif
