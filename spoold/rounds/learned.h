/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * learned - what past jobs and messages tell of those to come.
 *
 *	run times	of jobs of one user and name (tasks have their array's), of one
 *			user and shape, of one user, of all: the first of these that
 *			has ended before counts.  Seconds at a site of speed 1.
 *	bytes		of their outputs, as run times: out_sizes.h
 *	site.speed	how a site runs jobs beside others that run the same
 *	site.visits	when it fetches its mail
 *
 * All of it is in memory, and in run/learned, which is written now and then and
 * at the end, and is not flushed: after a crash the last minutes are forgotten.
 * It may be deleted, then all is learned anew; what cannot be read is left out.
 *
 *	learned 1 INSTANT			when it was written
 *	run KEY COUNT MEAN SQUARE		of logarithms; KEY: hexadecimal
 *	all COUNT MEAN SQUARE
 *	prepare COUNT MEAN SQUARE
 *	speed SITE COUNT MEAN
 *	visits SITE LAST SEEN [SIZE:COUNT:SUM ...]
 */
#ifndef SPOOLD_LEARNED_H
#define SPOOLD_LEARNED_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/run_times.h"

struct hub;
struct job_record;
struct site;

/* A key has its place; the last one keeps it. */
enum { LEARNED_SLOTS = 1 << 14 };

struct learned {
	struct learned_slot { uint64_t key; struct run_times times; } *slot;
	struct run_times all;
	struct run_times prepare;	/* of software.h, whatever it was */
	bool stale;			/* run/learned is behind */
	int64_t written, loaded;	/* instants; loaded: what was loaded was written then */
};

/* What run times come from, the best first. */
enum learned_basis { LEARNED_NAME, LEARNED_SHAPE, LEARNED_USER, LEARNED_ALL, LEARNED_NOTHING };

/* For struct job: its name as far as run times go; 0: it has none. */
uint32_t learned_name(const struct hub *h, const struct job_record *r);
/* Those of jobs like this one; NULL with LEARNED_NOTHING. */
enum learned_basis learned_times(const struct hub *h, uint32_t job, const struct run_times **times);
/* It has completed at its site after so many seconds. */
void learned_ran(struct hub *h, uint32_t job, double seconds);
/* A message of the site has come. */
void learned_heard(struct hub *h, struct site *s);

/* Sites are known. */
void learned_load(struct hub *h);
/* Not oftener than each few minutes, unless at the end. */
void learned_write(struct hub *h, bool end);
/* The key of run times of jobs like this one; 0: it has no name. */
uint64_t learned_key(const struct hub *h, uint32_t job, enum learned_basis b);
/* What has a key of its own, as in software.h.  NULL: nothing. */
const struct run_times *learned_of(const struct hub *h, uint64_t key);
void learned_add(struct hub *h, uint64_t key, double seconds);
void learned_put(struct hub *h, uint64_t key, const struct run_times *t);
void learned_free(struct hub *h);

#endif
