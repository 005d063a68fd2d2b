/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reserved_part - what reserved*.c share.  For these files only. */
#ifndef SPOOLD_RESERVED_PART_H
#define SPOOLD_RESERVED_PART_H

#include "hub.h"
#include "reserved.h"

#define NO_RESERVED UINT32_MAX

/* In memory from a state; not held yet.  NO_RESERVED: out of memory. */
uint32_t reserved_add(struct hub *h, const struct reservation_state *st, const struct reservation *r,
		      struct diag *d);
void reserved_remove(struct hub *h, uint32_t i);
/* The live one of this id. */
uint32_t reserved_find(const struct hub *h, const struct uuid *id);
/* Its owner, a member of its group where that is said, or whoever may do all. */
bool reserved_may(const struct reserved *r, uid_t uid);

/* Hold each occurrence that has not ended.  0: all; 1: not all, *o is the first
 * thing in the way; -1.  What is not held is tried again, see reserved_learn(). */
int reserved_hold(struct hub *h, uint32_t i, struct timeline_obstacle *o, struct diag *d);
/* The site cannot keep occurrence first + n. */
void reserved_lose(struct hub *h, uint32_t i, int64_t n, const char *why);
void reserved_give_back(struct hub *h, uint32_t i);
/* Its place, made anew from what it holds, with its jobs in it. */
void reserved_arrange(struct hub *h, uint32_t i);

/* May this owner have these slots, beside those of theirs that are active (but
 * one)?  -1: *d says why not.  (reserved_limit.c) */
int reserved_limit(const struct hub *h, uint32_t owner, const struct shape *want, const struct slots *s,
		   uint32_t but, struct diag *d);
/* Where and when: the earliest start at any site.  1: *site and *s; 0: nowhere,
 * with each site's reason in *why; -1. */
int reserved_search(struct hub *h, const struct reservation *r, const struct shape *want, uint16_t *site,
		    struct slots *s, struct buf *why, struct diag *d);
/* "at ... it has 4 cores free of the 16 that are wanted" */
void reserved_say_obstacle(const struct place *p, const struct timeline_obstacle *o, struct buf *out);

/* Append a line and move the file to that phase. */
int reserved_write_phase(struct hub *h, uint32_t i, enum reservation_phase to, struct buf *line,
			 struct diag *d);
/* A remark; trouble is logged. */
void reserved_remark(struct hub *h, uint32_t i, struct buf *line);
/* Whoever names a reservation looks again. */
void reserved_wake_jobs(struct hub *h);

/* --- jobs (reserved_job.c) ------------------------------------------------------ */

/* The live one of this id, as a request has it. */
uint32_t reserved_named(const struct hub *h, const char *name);
/* Says the shape how long its job takes?  Else it takes all the rest of an occurrence. */
bool reserved_states_length(const struct shape *s);
/* As much of its longest duration as there is room for. */
int64_t reserved_stretch(const struct reserved *r, const uint64_t *amount, int64_t start, int64_t least,
			 int64_t most);
/* Takes its site so many jobs now?  What starts later (ahead) uses no credit before. */
bool reserved_site_ready(const struct hub *h, uint16_t site, uint32_t jobs, bool ahead);
/* When the site has to be told of such a start to come, at the latest; now, if that is over. */
int64_t reserved_tell_by(struct hub *h, const struct shape *s, uint16_t site, int64_t start);
enum reserved_verdict reserved_say_no(struct reserved_answer *a, const char *text);
enum reserved_verdict reserved_say_wait(struct reserved_answer *a, int64_t wake, const char *text);

/* --- ends (reserved_end.c) ------------------------------------------------------ */

/* It has ended so, and its file says that: give all back. */
void reserved_over(struct hub *h, uint32_t i, enum reservation_phase how);
/* Cancel its jobs whose occurrence has ended. */
void reserved_clear(struct hub *h, uint32_t i);

#endif
