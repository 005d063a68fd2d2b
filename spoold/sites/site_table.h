/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_table - the sites, what each holds, and how much more it wants.
 */
#ifndef SPOOLD_SITE_TABLE_H
#define SPOOLD_SITE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "holdings.h"
#include "job.h"
#include "mailbox.h"
#include "plan/place.h"
#include "plan/price.h"
#include "plan/site_speed.h"
#include "plan/visits.h"
#include "site_day.h"
#include "software.h"
#include "site.h"
#include "trust.h"
#include "uuid.h"

struct demand;
struct hub;
struct offer;
struct payload;

enum { TROUBLE_HEARING = 1, TROUBLE_SPEAKING = 2 };

struct site {
	char name[65];
	int down, up;			/* directory descriptors; -1: not there */
	bool watched;			/* a watch on up/ was asked for */
	struct tree tree;		/* of doc */
	struct site_doc doc;		/* its datasets are those of holds */
	struct holdings holds;
	bool known;			/* it has told us about itself */
	int64_t asked_whole;		/* ticks: it was asked for all of its datasets; 0: no need */
	uint32_t asked;			/* number of what it was asked last */
	char other[64];			/* the unknown field that was said of its document */
	bool stuck;			/* its mail does not parse */
	uint8_t trouble;		/* TROUBLE_*: the disk failed for it alone; no new work */
	int64_t trouble_said;		/* instant */
	struct payload *payload;	/* NULL: it has not sent much; payload.h */
	bool old_box;			/* it was said that a message of an older box lies there */
	int64_t heard;			/* instant_ticks() at its last message, */
	bool spoke;			/* if it has sent one since we began; else when that was */
	int64_t learned;		/* the same, of the last one with its document */
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
	struct trust trust;
	bool speaking;			/* stands in sites.speaking */
	uint32_t live_asked;		/* number of the last question of live.h; 0: none */
	int64_t asked_at, answered_at;	/* instants, of such; 0: never */
	bool told;			/* the planner knows it as it is; facts.h */
	int64_t told_at;
	double frees;			/* then, as told, the first of its jobs may have ended; facts.h */
	uint64_t traits;		/* hash of what matching looks at in doc */
	uint64_t data;			/* the same, of what it has and how it reaches stores */
	struct job_list held;		/* jobs assigned to it, not ended */
	uint64_t held_cores, held_memory;
	struct site_given given;	/* since it told of its day: site_day.h */
	uint32_t promised;		/* open offers; what they hold counts in held_* */
	uint32_t ahead;			/* of held: those that do not count, as their start is agreed */
	struct prices prices;		/* price_list() */
	struct site_speed speed;	/* learned.h, also below */
	struct visits visits;
	struct software_seen seen;	/* software.h */
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

/* The site's number; NO_SITE: unknown. */
uint16_t site_table_find(const struct hub *h, const char *name);
/* Find or add, and open its directories if they are there. */
uint16_t site_table_add(struct hub *h, const char *name, struct diag *d);
/* Look at sites/: add new directories, with down/ and up/ made where missing. */
int site_table_scan(struct hub *h, struct diag *d);
void site_table_free(struct hub *h);

/* Take over a site document (text of YAML).  keep: also write it to run/sites/. */
int site_table_learn(struct hub *h, uint16_t site, const char *text, size_t len, bool keep,
		     struct diag *d);

/* A job was assigned to the site, or is there no longer.  One whose agreed start
 * is to come uses none of its pull credit until it starts. */
void site_table_hold(struct hub *h, uint16_t site, uint32_t job);
void site_table_starts(struct hub *h, uint16_t site, uint32_t job);
void site_table_release(struct hub *h, uint16_t site, uint32_t job);

/* An open offer that may start at once holds what it offers (by +1), or does no
 * longer (-1). */
void site_table_promise(struct hub *h, const struct offer *o, int by);

/* Would this demand stay within the site's pull credit, on top of what it holds? */
bool site_table_wants(const struct hub *h, uint16_t site, const struct demand *demand);
/* Heard of within the lease, and its mail is readable. */
bool site_table_alive(const struct hub *h, uint16_t site);

#endif
