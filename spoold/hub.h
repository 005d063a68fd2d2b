/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hub - what spoold holds in memory, and the order in which it acts.
 *
 * Everything here can be rebuilt from the spool (recover.c); memory only
 * saves looking.  One turn of the main loop:
 *
 *	inbox_take()	drops become jobs, commands, or rejections
 *	mail_take()	what the sites said changes jobs
 *	round_run()	pending jobs are assigned to sites
 *	hub_commit()	one flush; then, and only then, anybody outside is told
 *
 * hub_commit() keeps the order that the design asks for:
 *  1. job files are written, appended, renamed (by the steps above);
 *  2. syncfs(2): all of that is on disk, and drops may leave inbox/;
 *  3. outgoing messages are written under hidden names;
 *  4. syncfs(2), if there are any;
 *  5. the messages are shown.
 * So a hidden message that is whole tells of nothing that could be missing, and
 * a crash between 4 and 5, or a power cut that takes the rename back when the
 * site has read the message already, ends with the same message being shown.
 * When a flush fails nothing is shown.  It cannot be tried again: the kernel
 * forgets what it could not write, and the next flush would say that all is
 * well.  So the process ends, and the next one looks at what the disk has.
 */
#ifndef SPOOLD_HUB_H
#define SPOOLD_HUB_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "account.h"
#include "array_run.h"
#include "config.h"
#include "drop_mark.h"
#include "edge.h"
#include "flush_mark.h"
#include "job.h"
#include "jobfile.h"
#include "mailbox.h"
#include "name.h"
#include "plan/choose.h"
#include "plan/match.h"
#include "plan/name_table.h"
#include "plan/place.h"
#include "plan/planner.h"
#include "plan/run_times.h"
#include "plan/price.h"
#include "plan/shape.h"
#include "reservation.h"
#include "site.h"
#include "spool.h"
#include "transaction.h"
#include "sum.h"

enum { TROUBLE_HEARING = 1, TROUBLE_SPEAKING = 2 };

struct site {
	char name[65];
	int down, up;			/* directory descriptors; -1: not there */
	bool watched;			/* a watch on up/ was asked for */
	struct tree tree;		/* of doc */
	struct site_doc doc;
	bool known;			/* it has told us about itself */
	char other[64];			/* the unknown field that was said of its document */
	bool stuck;			/* its mail does not parse */
	uint8_t trouble;		/* TROUBLE_*: the disk failed for it alone; no new work */
	int64_t trouble_said;		/* instant */
	bool old_box;			/* it was said that a message of an older box lies there */
	int64_t heard;			/* instant_ticks() at its last message */
	char stuck_why[480];
	struct mailbox out;		/* dir -1: it cannot be opened, nothing can be said */
	uint64_t cursor;		/* last message of up/ that was acted on */
	struct uuid peer;		/* box of those messages */
	struct buf say;			/* lines of the message being composed */
	uint32_t say_lines;
	size_t unsay_len;		/* say.len before the last say_assign */
	bool reply_due;			/* something was received that it waits to hear about */
	bool in_commit;			/* a hidden message waits for the flush */
	int64_t noted;			/* instant when run/sites/ was written */
	int64_t aside;			/* it is tried with one job at such intervals; 0: it is trusted; trust.h */
	int64_t try_at;			/* not before */
	uint32_t faults;		/* of its own since the last job that completed */
	uint64_t fault_kind[3];		/* of different kinds; 0: none */
	bool speaking;			/* stands in sites.speaking */
	bool told;			/* the planner knows it as it is; facts.h */
	int64_t told_at;
	uint64_t traits;		/* hash of what matching looks at in doc */
	struct job_list held;		/* jobs assigned to it, not ended */
	uint64_t held_cores, held_memory;
	uint32_t promised;		/* open offers; what they hold counts in held_* */
	uint32_t ahead;			/* of held: those that do not count, as their start is agreed */
	struct prices prices;		/* price_list() */
	struct place time;		/* what it has free, and when: site_time.h */
	timeline_handle *outage;	/* each of doc.down on `time` */
	uint32_t outages;
	uint64_t outage_hash;		/* of what they say */
	int64_t time_due;		/* no job at it is planned to end before; INT64_MAX */
};

struct sites {
	struct site **site;		/* stable pointers; the index is the site's number */
	uint32_t count;
	uint16_t *speaking;		/* those that may have to be told something */
	uint32_t speakers;
};

struct verdict_cell {
	struct match match;
	bool decided, fitted, fits;	/* fitted: start and fits hold for that version of site.time */
	uint32_t version;
	int64_t start;
};

/* The jobs of one user that wait with one shape; queue.h. */
struct lane {
	uint32_t shape, owner;
	struct job_list queue;		/* in the order in which they came */
	uint32_t next, prev;		/* lanes of this shape that have jobs; next: also the free list */
	uint32_t jobs;			/* that belong here, wherever they are */
};

struct lanes {
	struct lane *lane;
	uint32_t used, cap, free;	/* free: head of the free list */
	uint32_t *slot;			/* hash: 1 + index */
	uint32_t slots, count;
};

/* One shape with the lanes of the jobs that wait with it; see shapes.h. */
struct shape_row {
	uint64_t hash;
	struct shape shape;
	uint32_t jobs;			/* all that have it, wherever they are */
	uint32_t busy_at;		/* place in shapes.busy; NO_SHAPE: none waits */
	uint32_t next, prev;		/* among the idle ones; next: also the free list */
	struct { uint32_t count, first; } queue;	/* jobs; the first lane that has any */
	struct verdict_cell *cell;	/* by site number */
	uint32_t cells;
	uint64_t explained;		/* hash of what stands in run/why/; 0: nothing */
	bool dirty;			/* its queue or a verdict changed since the last round */
	int64_t wake;			/* instant to look again; INT64_MAX: no need */
	int64_t tried;			/* in this round a job that waits since then found no site */
};

struct shapes {
	struct shape_row *row;		/* [0 .. used), free ones among them */
	uint32_t used, cap, free;
	uint32_t count;			/* without the free ones */
	uint32_t *slot;			/* hash: 1 + index */
	uint32_t slots;
	uint32_t *busy, busies;		/* those with a queue, in no order */
	uint32_t idle_first, idle_last, idles;	/* those without a job, oldest first */
	unsigned char key[16];		/* of the hash; run/key */
};

/* A job whose file is not written yet. */
struct fresh {
	struct buf text;
	struct job_record record;
	size_t body, body_len;		/* the request, in text */
	struct drop_mark mark;		/* of the drop */
	bool dropped;			/* there is one, to leave inbox/ */
	uint32_t job;			/* NO_JOB: it has its file by now */
};

/* A drop that was dealt with and has to leave inbox/ after the flush. */
struct leaving {
	char name[256];
	struct drop_mark mark;
	bool gone;
};

/* What one open offer holds.  All offers live equally long, so the list is in
 * the order in which they expire. */
struct offer {
	uint32_t job;			/* NO_JOB: closed */
	uint16_t site;
	uint8_t  number;		/* from 1, of this job */
	bool     counts;		/* against the site's pull credit: it may start at once */
	int64_t  expires;
	timeline_handle hold;		/* on its site's timeline; 0: nothing */
	int64_t  start, latest;		/* accepted, it starts between them */
	int64_t  until;			/* the hold's end */
	int64_t  length;		/* that was stated; 0: none was */
	uint32_t cores;
	uint64_t memory;
};

struct offers {
	struct offer *offer;
	uint32_t first, count, cap;	/* offer[first .. first + count) */
};

/* A job whose storage is to be looked at; lifetime.h. */
struct lifetime { int64_t due; struct uuid job; };
struct lifetimes {
	struct lifetime *item;		/* a heap, the soonest first */
	uint32_t count, cap;
};

/* One that is active; reserved.h. */
struct reserved {
	struct uuid id;
	uint32_t owner, group;
	bool live, for_group;
	bool missing;			/* not every occurrence is held */
	uint16_t site;
	struct slots slots;
	struct shape want;
	int64_t first, holds;		/* hold[n] is that of occurrence first + n; 0: not held */
	timeline_handle *hold;		/* on the site's timeline */
	struct place place;		/* what it holds, for its jobs */
	uint32_t version;		/* of the site's timeline when what is missing was tried */
};

struct reservations {
	struct reserved *item;		/* the index is the holder's */
	uint32_t count, cap;
	int64_t due;			/* of the next reserved_tick() that does anything */
};

/* Pending jobs that have a planned start: round_plan.h. */
struct plans { uint32_t *job, count, cap; };

struct gang_member {
	struct uuid id;
	uint16_t site;			/* that it goes to, or went first; NO_SITE: none yet */
	bool gone;			/* it was cancelled alone, before the others were placed */
	bool owed;			/* it has to be given to that site */
	timeline_handle plan;		/* on plan_site's timeline: where it may have its turn */
	uint16_t plan_site;
};

/* A transaction that has not ended; gang.h. */
struct gang {
	struct uuid id;
	uint32_t owner;
	bool live, placed;
	enum transaction_same same;
	enum transaction_layout layout;
	enum transaction_cancel cancel;
	enum phase end;			/* in which its members are to end; PHASE_PENDING: none */
	char *text;			/* and why; may be NULL */
	struct gang_member *member;
	uint32_t members;
	uint64_t explained;		/* hash of what stands in run/why/; 0: nothing */
};

struct gangs {
	struct gang *item;		/* a job's gang is 1 + the index */
	uint32_t count, cap, live;
	bool dirty;			/* worth a look */
	int64_t wake;			/* instant to look again; INT64_MAX: none */
};

/* A promise that could not be kept, until it is looked at: site_time_settle(). */
struct broken {
	uint16_t site;
	struct timeline_entry entry;
	char why[160];
};

struct hub_count {
	uint64_t drops, rejected, commands, assigned, completed, failed, cancelled, expired;
	uint64_t messages_in, messages_out, refused_reports, flushes, errors, overflows, archived;
	uint64_t promises_broken;
};

enum { MEASURE_TRIES = 32 };

/* How long the jobs of one user with one shape took. */
struct learned { uint64_t key; struct run_times times; };
enum { LEARNED = 4096 };	/* a key has its place there; the last one keeps it */

/* What the planner was told; facts.h. */
struct facts {
	struct learned *learned;	/* [LEARNED]; NULL: nothing yet */
	struct run_times all;		/* of whatever job */
	struct planner planner;
	bool begun;			/* a job was placed in this round, or tried to be */
	struct name_table files;		/* datasets that jobs asked for; their numbers */
	uint64_t *told;			/* [site] the traits that its data was told by; 0: none */
	struct planner_shape shape;	/* of the job that is being looked at: */
	uint32_t *file, file_cap;
	uint8_t *may;
	float *dislike;
};

struct hub {
	struct spool spool;
	struct config config;
	struct jobs jobs;
	struct shapes shapes;
	struct sites sites;
	struct lanes lanes;
	struct accounts accounts;
	struct sums sums;
	struct names names;
	struct afters afters;
	struct arrays arrays;
	struct job_list on_hold;	/* pending jobs that wait for a `release` */
	struct job_list aside;		/* pending jobs that wait for something else than a site */
	struct catalogue catalogue;
	struct facts facts;
	struct offers offers;
	struct lifetimes lifetimes;
	struct reservations reservations;
	struct plans plans;
	struct gangs gangs;
	struct broken *broken;		/* to be settled: site_time.h */
	uint32_t brokens, broken_cap;
	/* A reservation lost this entry on a site's timeline; NULL: there are none. */
	void (*reserved_broken)(struct hub *h, uint16_t site, uint32_t index,
				const struct timeline_entry *e, const char *why);
	struct fresh *fresh;
	uint32_t freshes, fresh_cap;
	struct leaving *leaving;
	uint32_t leavings, leaving_cap;
	bool inbox_watched;		/* a watch on it was asked for */
	bool unflushed;			/* the spool was changed since the last flush */
	bool replan;			/* something changed for jobs of any kind */
	bool flush_failed;		/* nobody knows what is on disk: to be started again */
	struct flush_mark mark;
	int64_t now;			/* taken once a turn */
	int64_t ticks;			/* the same by instant_ticks(): for ages */
	pid_t measuring;		/* child that reads a dataset; 0: none */
	struct measure_try { uint64_t fingerprint; int64_t at; } tried[MEASURE_TRIES];
	uint32_t tries;			/* so many: a ring */
	int64_t retry_at;		/* after an error of the disk; 0: none */
	struct hub_count count;
	struct auth_check *checks;	/* of identities; see auth_check.h */
	struct memo *memo;		/* requests seen lately; see memo.h */
};

/* flags as in spool.h.  The spool is open and config.yaml read; nothing is loaded yet. */
int hub_open(struct hub *h, const char *path, int flags, struct diag *d);
void hub_close(struct hub *h);
/* Flush and tell.  -1: an error was logged, and everything will be tried again. */
int hub_commit(struct hub *h);
/* Room for n more drops to leave, so that hub_leave cannot fail. */
int hub_leave_reserve(struct hub *h, uint32_t n, struct diag *d);
/* Remember to remove a drop after the next flush. */
void hub_leave(struct hub *h, const char *drop, const struct drop_mark *m);
/* Was it dealt with, and only not removed yet? */
bool hub_is_leaving(const struct hub *h, const char *drop);

/* To standard error, with the time. */
void hub_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* An operation of the disk failed: log, count, try again in a second. */
void hub_trouble(struct hub *h, const char *what, const struct diag *d);
/* The same for what concerns one site's mailbox: log and count.  Only this site
 * waits, until something happens there or the next look at everything. */
void hub_site_trouble(struct hub *h, struct site *s, int kind, const char *what, const struct diag *d);

#endif
