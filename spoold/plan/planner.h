/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * planner - which waiting jobs go where, chosen for a round as a whole.
 *
 * The caller tells what is so: sites, files and where they lie.  Then, each
 * round, the jobs that wait, and gets for each the site where it would be done
 * best, when, and whether it should go there now or is better left waiting.
 *
 * For a job and a site:
 *	picked up	when the site next fetches its mail
 *	staged		+ what is not there, over the site's line beside what that has
 *			to carry already; or when what is on its way will be there
 *	start		when the cores it wants are free, from then on
 *	end		+ its run time over the site's speed
 *	delivered	+ its outputs over the line
 *	cost		= delivered - now
 *			+ what those that wait for other things on that line lose by it
 *			+ the price of the bytes moved
 *
 * Jobs are taken in the order of how long they have waited beside how long they
 * take: to run, and to fetch what lies nowhere yet.  Each goes to where it costs
 * least.  If that site cannot begin with it soon, it is left waiting, but the
 * cores, the line and the place in the cache are kept for it: those behind it are
 * planned beside it, so they do not herd, and what it will have fetched counts as
 * being there for them.  What has to be fetched over a line that is busy with
 * smaller things is left waiting, too.  Nobody is left waiting for ever.
 *
 * The price of bytes follows what is seen: byte_price.h.
 *
 * Pure, but for memory: no clock, no file, no global.  Times are seconds on the
 * caller's clock.  What the caller tells stays; what a round keeps for jobs is
 * forgotten with it.
 */
#ifndef PLAN_PLANNER_H
#define PLAN_PLANNER_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "byte_price.h"
#include "cores.h"
#include "diag.h"
#include "line_load.h"

#define PLANNER_NOWHERE UINT32_MAX
#define PLANNER_NEVER ((double)INFINITY)

struct planner_site {
	bool open;			/* it may be given jobs now */
	double speed;			/* 1: as the estimates of run times are meant */
	double pickup;			/* when it next fetches its mail */
	double every;			/* seconds between two times that it does; 0: at once */
	double rate;			/* bytes/s of its line */
	struct cores cores;		/* of what runs and waits there: when they come free */
	struct line_load line;		/* what is on its way, in seconds */
};

struct planner_job {
	uint32_t shape;
	uint64_t out_bytes;
	double run;			/* seconds at speed 1, as far as can be told */
	double since;			/* when it began to wait */
};

/* What was found out about a job at one site. */
struct planner_offer {
	uint64_t missing;		/* bytes to fetch */
	double carry;			/* seconds of the line for them, were it idle */
	double staged, start, end, delivered;
	double others;			/* seconds that others lose, summed up */
	double cost;			/* seconds, with the price of the bytes */
};

struct planner_choice {
	uint32_t job;			/* index in the round's list */
	uint32_t site;			/* NOWHERE: no site may */
	bool go;			/* now; else it waits for that site */
	struct planner_offer offer;
};

struct planner_own { uint64_t bytes; float carry; };	/* seconds of the line, were it idle */

struct planner_shape {
	const uint32_t *file;
	uint32_t files, cores;
	const uint8_t *may;		/* [site] */
	const float *prepare;		/* [site] seconds to get the software ready; NULL: none */
	const struct planner_own *own;	/* [site] what each job fetches for itself; NULL: nothing */
	const float *stage_out;		/* [site] seconds to deliver outputs, beside out_bytes; NULL: none */
	const float *dislike;		/* [site] seconds that it would rather wait; NULL: none */
};

/* What the caller has told, and what is being planned. */
struct planner {
	struct planner_site *site;
	uint32_t sites;
	struct planner_shape *shape;
	uint32_t shapes;
	uint64_t *bytes;		/* of each file */
	uint32_t *store;		/* where each lies */
	uint32_t files, stores;
	double *there;			/* [file][site]: when it is, or will be, there; NEVER */
	double *carry;			/* [store][site]: seconds for a byte from that store */
	struct byte_price price;	/* of the bytes moved */
	/* The round. */
	struct cores *core;
	struct line_load *line;
	double *soonest;		/* [site] seconds until it has a core free */
	struct { size_t cell; double was; } *undo;
	uint32_t undos, undo_cap;
	uint32_t *touched;		/* sites of which something is kept, each once */
	uint32_t touches;
	bool *is_touched;		/* [site] */
	uint32_t last;			/* the site that was chosen last */
};

int planner_init(struct planner *p, uint32_t sites, uint32_t files, uint32_t stores, struct diag *d);
void planner_free(struct planner *p);

/*
 * A round, job by job in the caller's order:
 *
 *	planner_begin(p);
 *	while (...)
 *		planner_place(p, &job, now, &choice);
 *	planner_end(p, now);
 *
 * planner_begin() looks at all sites anew.  Who says of each site that changed
 * planner_told(), between rounds, begins with planner_resume() instead: then a
 * round costs nothing for sites of which there is nothing new.
 *
 * Between the two what the caller told stays as it is.  place() keeps what it
 * chose; false: out of memory.  end() forgets what was kept, and adapts the price.
 */
void planner_begin(struct planner *p);
void planner_told(struct planner *p, uint32_t site);
void planner_resume(struct planner *p);
bool planner_place(struct planner *p, const struct planner_job *job, double now,
		   struct planner_choice *c);
/* Within a round: a job was sent, and what it fetches will be there then. */
void planner_sent(struct planner *p, uint32_t file, uint32_t site, double when);
void planner_end(struct planner *p, double now);
/* Of a job of that shape at the site: *o gains what is missing, its carry, and
 * when all that comes already is there, but not before `pickup`. */
void planner_missing(const struct planner *p, const struct planner_shape *s, uint32_t site,
		     double pickup, struct planner_offer *o);
/* What the job would find at the site, beside all that is kept. */
void planner_look(const struct planner *p, const struct planner_job *job, uint32_t site, double now,
		  struct planner_offer *o);

/*
 * A round over a list, jobs that take little first, of cores and of a line, but
 * none for ever last.  At most `most`
 * are left waiting with something kept for them; the rest is not looked at.
 * choice: room for `jobs`; returned is how many were decided, in the order of
 * deciding.  -1: out of memory.
 */
int planner_round(struct planner *p, const struct planner_job *job, uint32_t jobs, double now,
		  uint32_t most, struct planner_choice *choice, struct diag *d);

#endif
