/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "about.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "about_data.h"
#include "machine_load.h"
#include "room.h"
#include "probes.h"
#include "instant.h"

void about_capacity(struct agent *a)
{
	machine_measure(&a->machine, a->st.root);
	a->cores = a->set->cores ? a->set->cores : a->machine.cores;
	a->memory = a->set->memory ? a->set->memory : a->machine.memory;
	a->disk = a->set->disk ? a->set->disk : a->machine.disk;
}

/* --- lists --------------------------------------------------------------------- */

static int add_word(struct text_list *l, const char *word, struct diag *d)
{
	const char **more = l->item;

	if (text_list_has(l, word))
		return 0;
	if (l->count % 16 == 0)
		more = realloc(l->item, (l->count + 16) * sizeof *more);
	if (!more)
		return diag_nomem(d);
	l->item = more;
	l->item[l->count++] = word;
	return 0;
}

static int add_words(struct text_list *l, const struct text_list *from, struct diag *d)
{
	for (uint32_t i = 0; i < from->count; i++)
		if (add_word(l, from->item[i], d) < 0)
			return -1;
	return 0;
}

/* What several runners found out, and the administrator said. */
static int gather_words(const struct agent *a, struct site_doc *s, struct diag *d)
{
	if (add_words(&s->dependencies, &a->set->dependencies, d) < 0)
		return -1;
	for (uint32_t i = 0; i < a->runners.count; i++) {
		const struct runner *r = &a->runners.item[i];

		if (add_word(&s->types, r->type, d) < 0 ||
		    add_words(&s->dependencies, &r->dependencies, d) < 0 ||
		    add_words(&s->resolved, &r->resolved, d) < 0)
			return -1;
	}
	return 0;
}

static void gather_more(const struct agent *a, struct site_doc *s)
{
	const struct site_gpu *kind;

	s->gpus = room_gpus(a, &kind);
	s->gpu = (struct site_gpu *)kind;
	s->flavour = a->set->flavour;
	s->flavours = a->set->flavours;
	s->down = a->set->down;
	s->downs = a->set->downs;
}

/* --- amounts --------------------------------------------------------------------- */

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static double hundredths(double v)
{
	return round(v * 100) / 100;
}

static void gather_amounts(const struct agent *a, struct site_doc *s)
{
	s->cores = a->cores;
	s->memory = a->memory;
	s->disk = a->disk;
	s->free_cores = (uint32_t)minus(a->cores, a->held.cores);
	s->free_memory = minus(a->memory, a->held.memory);
	if (a->machine.memory_free)
		s->free_memory = least(s->free_memory, a->machine.memory_free);
	s->free_disk = least(a->disk, a->machine.disk_free);
	s->load = a->machine.load;
	s->machine = (struct site_machine){
		hundredths(a->machine.busy), hundredths(a->machine.others), a->machine.others_memory,
		a->machine.queue, hundredths(a->machine.pressure[0]),
		hundredths(a->machine.pressure[1]), hundredths(a->machine.pressure[2]),
		a->machine.measured,
	};
}

static double at_most(double v, double most)
{
	return v < most ? v : most;
}

/* What others use counts as load, as far as it is not on cores that are not offered;
 * a quarter of one is what is always going on. */
static double use_of_others(const struct agent *a)
{
	double theirs = (double)a->machine.cores - a->cores;
	double use = floor(a->machine.others - (theirs > 0 ? theirs : 0) + 0.25);

	return use > 0 ? use : 0;
}

static double above(double v, double least)
{
	return v > least ? v : least;
}

/* Spinetta's L = (100 + x) %, of the cores and of the memory. */
static void gather_load(const struct agent *a, double load, struct site_doc *s)
{
	double memory = (double)a->memory * load - (double)a->machine.others_memory;

	if (isinf(load))
		return;
	s->pull_cores = (uint32_t)at_most(above(a->cores * load + 1e-9 - use_of_others(a), 0),
					  UINT32_MAX - 1.0);
	/* Memory that is not in use now may be lent to others. */
	s->pull_memory = (uint64_t)at_most(above(load > 1 ? (double)a->memory * load : memory, 0), 1e18);
}

/* What is left for today limits what is held as well, or a batch would go beyond it
 * before the hub hears of the first. */
static void gather_day(const struct agent *a, struct site_doc *s)
{
	const struct policy_day *limit = &a->set->pull.day;
	uint64_t held = a->held.count - a->held.in[ATTEMPT_ENDED].count;
	struct policy_day left;

	if (!policy_has_day(&a->set->pull))
		return;
	ledger_left(&a->ledger, limit, &left);
	s->day = (struct site_day){ left.jobs, left.cores, left.memory, left.walltime,
				    a->ledger.next, a->set->walltime };
	if (!left.cores || !left.memory || !left.walltime)
		left.jobs = 0;
	if (left.jobs != UINT32_MAX)
		s->pull_jobs = (uint32_t)least(s->pull_jobs, held + left.jobs);
}

static void gather_pull(const struct agent *a, struct site_doc *s)
{
	struct policy_now now;

	policy_at(&a->set->pull, s->time, &now);
	s->pull_jobs = now.open ? now.jobs : 0;
	s->pull_cores = UINT32_MAX;
	s->pull_memory = UINT64_MAX;
	s->opens = now.open ? 0 : now.change;
	s->closes = now.open ? now.change : 0;
	gather_load(a, now.load, s);
	gather_day(a, s);
}

/* --- all of it ---------------------------------------------------------------------- */

static int gather(const struct agent *a, struct tree *t, struct site_doc *s, struct diag *d)
{
	*s = (struct site_doc){ .name = a->set->site, .time = instant_now(), .prices = a->set->prices,
				.day = SITE_DAY_FREE,
				.answers = probes_awaited(a) ? 0 : a->tell.asked };
	s->groups = a->set->groups;
	s->tags = a->set->tags;
	s->clearances = a->set->clearances;
	/* A watching agent with the hub at hand answers at once. */
	s->interval = a->watch && !a->hub.kind->remote ? 0 : a->set->interval;
	gather_amounts(a, s);
	gather_pull(a, s);
	gather_more(a, s);
	s->compute = a->set->compute;
	s->computes = a->set->computes;
	return gather_words(a, s, d) < 0 ? -1 : about_data(a, t, s, d);
}

static void release(struct site_doc *s)
{
	free(s->types.item);
	free(s->dependencies.item);
	free(s->resolved.item);
}

int about_write(struct agent *a, struct buf *out, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct site_doc s;
	int rc;

	machine_measure(&a->machine, a->st.root);
	machine_load(a, false);
	rc = gather(a, &t, &s, d);
	if (rc == 0)
		rc = about_datasets(a, &t, &s, d);
	if (rc == 0)
		site_write(out, &s);
	release(&s);
	tree_free(&t);
	return rc < 0 || out->failed ? diag_nomem(d) : 0;
}

/* In eighths of what there is. */
static uint64_t roughly(uint64_t free, uint64_t all)
{
	return all ? (uint64_t)((double)free / (double)all * 8) : 0;
}

int about_digest(struct agent *a, struct buf *out, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct site_doc s;
	struct machine was;
	int rc;

	machine_measure(&a->machine, a->st.root);
	was = a->machine;
	/* What others do is told when there is something else to be told, or with
	 * the sign of life: it changes all the time. */
	a->machine.others = 0;
	a->machine.others_memory = 0;
	rc = gather(a, &t, &s, d);
	a->machine = was;
	s.time = 0;
	s.answers = 0;
	about_data_roughly(&s);
	s.load = 0;
	s.cache = (struct site_cache){ .generation = about_generation(a) };
	s.machine = (struct site_machine){ .measured = 0 };
	s.free_cores = 0;		/* the hub knows what it gave us */
	s.free_memory = roughly(a->machine.memory_free, a->machine.memory);
	s.free_disk = roughly(s.free_disk, s.disk);
	if (rc == 0)
		site_write(out, &s);
	release(&s);
	tree_free(&t);
	return rc < 0 || out->failed ? diag_nomem(d) : 0;
}

/* --- probe ----------------------------------------------------------------------------- */

/* The file system that the state is on, or would be. */
static int open_nearest(const char *path)
{
	char *part = strdup(path), *slash;
	int fd = -1;

	while (part && (fd = open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 &&
	       (slash = strrchr(part, '/')) && slash != part)
		*slash = '\0';
	free(part);
	return fd;
}

int about_probe(struct agent *a, struct buf *out, struct diag *d)
{
	int rc = -1;

	a->st.root = open_nearest(a->set->state);
	about_capacity(a);
	gpus_look(&a->gpus, a->set->machine_root);
	if (cache_peek(&a->cache, a->set->cache, NULL) < 0)
		a->cache = (struct cache){ .dir = -1 };
	if (runners_load(&a->runners, a->set, -1, &a->log, d) == 0 &&
	    locals_probe(&a->locals, a->set, &a->log, d) == 0)
		rc = about_write(a, out, d);
	runners_free(&a->runners);
	gpus_free(&a->gpus);
	heard_free(&a->heard);
	locals_close(&a->locals);
	cache_close(&a->cache);
	log_free(&a->log);
	if (a->st.root >= 0)
		close(a->st.root);
	return rc;
}
