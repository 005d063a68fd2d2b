/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * world - the sites, their cores, lines and caches, and the jobs of a trace,
 * under a clock of its own.
 *
 * A policy is asked after everything that happened (at most twice a second of
 * that clock) which of the waiting jobs go where: world_send().  From then on
 * all policies are treated alike:
 *  1. inputs that are neither in the site's cache nor on their way are fetched,
 *     while the job holds no core; what the cache cannot hold is streamed;
 *  2. a job with all its inputs gets its cores in the order of sending, where
 *     one that needs many may be overtaken by those that do not delay it;
 *  3. it runs; its outputs go out over the same line, with a copy in the cache;
 *  4. when they have arrived it is done, and those that wait for it are released.
 *
 * No core, line or byte of a cache is ever given twice: that is checked at each
 * step, and ends the run with an error.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "link.h"
#include "trace.h"

enum { SIM_SITES = 8, SIM_STORES = 2 };

struct sim_options {
	double core_scale, wan_load, cache, sigma;
	uint64_t seed;
	bool datafree;			/* all inputs are everywhere */
};

enum sim_phase { SIM_UNBORN, SIM_WAITS, SIM_STAGES, SIM_READY, SIM_RUNS, SIM_DELIVERS, SIM_DONE };

/* A job as it fares. */
struct sim_state {
	uint8_t phase, site;
	uint32_t deps;			/* that are not done yet */
	uint32_t missing;		/* inputs that it waits for */
	uint32_t place;			/* SIM_WAITS: index in world.waiting */
	double estimate;		/* of its run time at speed 1, as the policy is told */
	double released, sent, staged, started, done;	/* staged: as it was expected */
	uint32_t *pinned, pins;		/* files of its site's cache */
};

enum copy_state { COPY_NONE, COPY_COMING, COPY_HERE };

/* A file at a site. */
struct sim_copy {
	uint8_t state;
	uint32_t pins;			/* jobs there that need it */
	uint32_t newer, older;		/* in the order of use, if not pinned */
	uint32_t transfer;		/* that brings it */
};

struct sim_transfer {
	uint8_t site;
	bool out;			/* job's outputs */
	bool streamed;			/* for job alone, past the cache */
	uint32_t file, job;
	uint32_t waits;			/* first of world.wait; NONE */
	uint32_t waiters;		/* how many jobs */
	uint64_t bytes;
	double began;
};

struct sim_wait { uint32_t job, next; };

struct sim_site {
	uint32_t cores, busy;
	double speed;
	struct link link;
	uint64_t cache, used;
	struct sim_copy *copy;		/* of each file */
	uint32_t newest, oldest;	/* of those that may go */
	uint32_t *held;			/* jobs there that do not run yet, in the order of sending */
	uint32_t helds, held_cap;
	uint32_t *running;
	uint32_t runnings, running_cap;
	uint32_t held_cores;		/* of both */
};

struct sim_event { double at; uint64_t order; uint32_t what, index, version; };

#define NONE UINT32_MAX

struct world {
	const struct trace *t;
	struct sim_options o;
	double now, span, scale;	/* scale: of submit times */
	struct sim_site site[SIM_SITES];
	struct sim_state *state;
	uint32_t *waiting;		/* jobs, in no order */
	uint32_t waitings;
	struct sim_transfer *transfer;
	uint32_t transfers, transfer_cap, transfer_free;
	struct sim_wait *wait;
	uint32_t waits, wait_cap, wait_free;
	struct sim_event *event;
	uint32_t events, event_cap;
	uint64_t orders;
	uint32_t done;
	uint64_t fetched;		/* bytes, over the lines into the sites */
	double core_seconds;
	bool changed;			/* something for a policy to look at */
	/* What a policy wants to be told; may be NULL. */
	void (*copy_changed)(void *arg, uint32_t site, uint32_t file, enum copy_state state);
	void (*evicted)(void *arg, uint32_t site, uint32_t file);
	void *arg;
	struct diag *d;
	int failed;			/* -1: *d says why */
};

/* Of the largest site. */
uint32_t world_most_cores(const struct sim_options *o);
int world_init(struct world *w, const struct trace *t, const struct sim_options *o, struct diag *d);
void world_free(struct world *w);

/* A waiting job goes to the site. */
void world_send(struct world *w, uint32_t job, uint32_t site);
/* Go on until a policy has to be asked, but not beyond `until`.  false: all is over, or failed. */
bool world_step(struct world *w, double until);

/* Bytes over the line for one byte of the file: far stores are slower. */
double world_weight(const struct world *w, uint32_t site, uint32_t file);
bool world_fits(const struct world *w, uint32_t job, uint32_t site);

/* --- parts of it ---------------------------------------------------------------- */

/* world_cache.c: make the inputs of a job come; count what it waits for. */
void world_stage(struct world *w, uint32_t job);
void world_unpin(struct world *w, uint32_t job);
void world_keep_outputs(struct world *w, uint32_t job);
void world_arrived(struct world *w, uint32_t transfer);
/* world_cores.c */
void world_start_jobs(struct world *w, uint32_t site);
void world_run_ended(struct world *w, uint32_t job);
/* world.c */
void world_deliver(struct world *w, uint32_t job);
uint32_t world_transfer(struct world *w, const struct sim_transfer *t, double weight);
void world_at(struct world *w, double at, uint32_t what, uint32_t index, uint32_t version);
void world_fail(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum { EVENT_SUBMIT, EVENT_RUN_END, EVENT_LINK };

#endif
