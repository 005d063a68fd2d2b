/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site_table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "instant.h"
#include "io.h"
#include "payload.h"
#include "shapes.h"
#include "hub.h"
#include "trust.h"
#include "site_news.h"
#include "site_time.h"
#include "url_sizes.h"

#define NOTE_EVERY (5 * SECOND_US)
enum { MANY = 1000 };

uint16_t site_table_find(const struct hub *h, const char *name)
{
	for (uint32_t i = 0; i < h->sites.count; i++)
		if (!strcmp(h->sites.site[i]->name, name))
			return (uint16_t)i;
	return NO_SITE;
}

static struct site *new_site(const char *name)
{
	struct site *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	snprintf(s->name, sizeof s->name, "%s", name);
	s->down = s->up = s->out.dir = -1;
	s->say = (struct buf)BUF_INIT;
	s->held = (struct job_list)JOB_LIST_INIT;
	s->time_due = INT64_MAX;
	return s;
}

static void open_dirs(struct hub *h, struct site *s, struct diag *d)
{
	char path[80];

	snprintf(path, sizeof path, "%s/down", s->name);
	if (s->down < 0)
		s->down = io_opendir(h->spool.sites, path, d);
	snprintf(path, sizeof path, "%s/up", s->name);
	if (s->up < 0)
		s->up = io_opendir(h->spool.sites, path, d);
}

/* Room for every site among those that speak, so that say_mark cannot fail. */
static bool grow_speaking(struct hub *h)
{
	uint16_t *more = realloc(h->sites.speaking, (h->sites.count + 1) * sizeof *more);

	if (more)
		h->sites.speaking = more;
	return more;
}

uint16_t site_table_add(struct hub *h, const char *name, struct diag *d)
{
	uint16_t i = site_table_find(h, name);
	struct site **more, *s;

	if (i == NO_SITE) {
		if (h->sites.count >= NO_SITE - 1) {
			diag_set(d, "more than %d sites", NO_SITE - 1);
			return NO_SITE;
		}
		if (!grow_speaking(h)) {
			diag_nomem(d);
			return NO_SITE;
		}
		more = realloc(h->sites.site, (h->sites.count + 1) * sizeof *more);
		if (more)
			h->sites.site = more;
		s = more ? new_site(name) : NULL;
		if (!s) {
			diag_nomem(d);
			return NO_SITE;
		}
		i = (uint16_t)h->sites.count;
		h->sites.site[h->sites.count++] = s;
		s->heard = h->ticks;
	}
	open_dirs(h, h->sites.site[i], NULL);
	return i;
}

/* What stands in their place is this site's trouble, and no other's. */
static void make_boxes(struct hub *h, const char *name)
{
	struct site *s = h->sites.site[site_table_find(h, name)];
	struct diag d = DIAG_INIT;

	if (spool_site_make(&h->spool, name, &d) == 0)
		open_dirs(h, s, &d);
	if (d.text[0] && strncmp(s->stuck_why, d.text, sizeof s->stuck_why - 1))
		hub_log("%s has no mailboxes: %s", name, d.text);
	if (d.text[0])
		snprintf(s->stuck_why, sizeof s->stuck_why, "%s", d.text);
}

int site_table_scan(struct hub *h, struct diag *d)
{
	DIR *p = io_list(h->spool.sites, ".", d);
	int r = 0;
	struct dirent *e;

	if (!p)
		return -1;
	while (r == 0 && (errno = 0, e = readdir(p))) {
		uint16_t known = site_table_find(h, e->d_name);

		if (!spool_site_name_ok(e->d_name) || (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
			continue;
		if (known != NO_SITE && h->sites.site[known]->down >= 0 && h->sites.site[known]->up >= 0)
			continue;
		if (site_table_add(h, e->d_name, d) == NO_SITE)
			r = -1;
		else
			make_boxes(h, e->d_name);
	}
	closedir(p);
	return r;
}

void site_table_free(struct hub *h)
{
	for (uint32_t i = 0; i < h->sites.count; i++) {
		struct site *s = h->sites.site[i];

		if (s->down >= 0)
			close(s->down);
		if (s->up >= 0)
			close(s->up);
		payload_free(s);
		tree_free(&s->tree);
		holdings_free(&s->holds);
		buf_free(&s->say);
		free(s);
	}
	free(h->sites.site);
	free(h->sites.speaking);
	h->sites = (struct sites){ 0 };
}

/* --- what changed in a document --------------------------------------------------------- */

static uint64_t hash_of(const struct hub *h, const struct site_doc *doc)
{
	struct buf b = BUF_INIT;
	uint64_t hash;

	site_write(&b, doc);
	hash = shapes_hash(&h->shapes, b.s, b.len);
	buf_free(&b);
	return hash;
}

/* Only a change by a fifth, or so, is one. */
static uint64_t roughly(double v)
{
	return v > 0 ? (uint64_t)(4 * log2(v) + 1000) : 0;
}

/* Which stores it reaches; rates: and how.  What was measured gets old by itself: an
 * hour later it is something else. */
static uint64_t hash_stores(const struct hub *h, const struct site_doc *doc, bool rates)
{
	struct buf b = BUF_INIT;
	uint64_t hash;

	buf_addu(&b, rates ? (uint64_t)(h->now / HOUR_US) : 0);
	for (uint32_t i = 0; i < doc->stores; i++) {
		const struct site_store *s = &doc->store[i];

		buf_addf(&b, " %s", s->url);
		if (rates)
			buf_addf(&b, " %d %ju %ju", s->trouble != NULL, (uintmax_t)roughly((double)s->bandwidth),
				 (uintmax_t)roughly((double)s->latency));
	}
	hash = shapes_hash(&h->shapes, b.s, b.len);
	buf_free(&b);
	return hash;
}

/* What does not change where a job may run: times, load, what is free, what is on
 * its way, how fast stores are. */
static uint64_t hash_still(const struct hub *h, const struct site_doc *doc)
{
	struct site_doc still = *doc;

	still.time = still.free_disk = still.free_memory = 0;
	still.free_cores = still.answers = still.datasets = still.drops = still.transfers = 0;
	still.stores = 0;
	still.opens = still.closes = 0;
	still.load = 0;
	still.machine = (struct site_machine){ .measured = 0 };
	still.cache = (struct site_cache){ .generation = 0 };
	still.day = (struct site_day)SITE_DAY_FREE;
	return hash_of(h, &still);
}

/* What matching looks at, and what the planner hears of its data: facts.h. */
static void hash_doc(const struct hub *h, const struct site_doc *doc, uint64_t *traits, uint64_t *data)
{
	/* The number of a list says as much as the list, which may be long. */
	struct site_doc lists = { .name = doc->name, .dataset = doc->dataset,
				  .datasets = doc->cache.generation ? 0 : doc->datasets,
				  .cache = { .generation = doc->cache.generation },
				  .day = SITE_DAY_FREE };
	uint64_t has = hash_of(h, &lists) * UINT64_C(0x9e3779b97f4a7c15);

	*traits = hash_still(h, doc) ^ hash_stores(h, doc, false) ^ has;
	*data = hash_stores(h, doc, true) ^ has;
}

static void note_other(struct site *s)
{
	const char *other = s->doc.other ? s->doc.other : "";

	if (strncmp(s->other, other, sizeof s->other - 1) && *other)
		hub_log("%s tells of \"%.60s\", which is not known here and not looked at", s->name, other);
	snprintf(s->other, sizeof s->other, "%s", other);
}

/* A long list that changed a little is not written so often: what is not there is
 * asked for again by who reads it. */
static bool is_to_be_kept(const struct hub *h, const struct site *s, bool same)
{
	bool quiet = same && !s->doc.day.until && !s->doc.transfers;

	return !(quiet || s->doc.datasets > MANY) || h->now - s->noted >= NOTE_EVERY;
}

static int keep_doc(struct hub *h, struct site *s, const char *text, size_t len, struct diag *d)
{
	struct buf whole = BUF_INIT;
	char name[80];
	int r;

	snprintf(name, sizeof name, "%s.yaml", s->name);
	if (!text)
		site_write(&whole, &s->doc);
	s->noted = h->now;
	h->unflushed = true;
	r = whole.failed ? diag_nomem(d)
	  : io_publish(h->spool.run_sites, name, 0644, text ? text : whole.s, text ? len : whole.len,
		       0, d);
	buf_free(&whole);
	return r;
}

int site_table_learn(struct hub *h, uint16_t i, const char *text, size_t len, bool keep,
		     struct diag *d)
{
	struct site *s = h->sites.site[i];
	struct tree t = TREE_INIT;
	struct site_doc doc;
	uint64_t traits, data;
	bool same, whole;

	s->told = false;
	if (tree_parse(&t, text, len, &tree_limits_site, d) < 0 ||
	    site_read(&t, t.root, &doc, d) < 0) {
		tree_free(&t);
		return -1;
	}
	if (strcmp(doc.name, s->name)) {
		diag_set(d, "the document speaks of site \"%.64s\", the mailbox is %s's", doc.name, s->name);
		tree_free(&t);
		return -1;
	}
	if (site_news_take(h, i, &doc, &whole, d) < 0) {
		tree_free(&t);
		return -1;
	}
	tree_free(&s->tree);
	s->tree = t;
	s->doc = doc;
	price_list(&h->config, s->name, &doc, &s->prices);
	note_other(s);
	hash_doc(h, &doc, &traits, &data);
	s->data = data;
	same = s->known && traits == s->traits;
	if (!same)
		shapes_forget_site(h, i);
	s->traits = traits;
	s->known = true;
	s->learned = h->ticks;
	url_sizes_told(h, &s->doc);
	if (site_time_learn(h, i, d) < 0)
		return -1;
	/* For people and the next start: no need to write every heartbeat down. */
	if (!keep || !is_to_be_kept(h, s, same))
		return 0;
	return keep_doc(h, s, whole ? text : NULL, len, d);
}

/* What the job holds of the site's pull credit; by is +1 or -1. */
static void count(struct hub *h, struct site *s, uint32_t j, int by)
{
	const struct job *job = &h->jobs.job[j];
	const struct demand *d = &h->shapes.row[job->shape].shape.demand;

	s->held_cores += (uint64_t)by * (job->cores ? job->cores : d->cores);
	s->held_memory += (uint64_t)by * (job->memory ? job->memory : d->memory);
}

void site_table_hold(struct hub *h, uint16_t i, uint32_t job)
{
	struct site *s = h->sites.site[i];
	struct job *j = &h->jobs.job[job];

	s->told = false;
	job_list_append(&h->jobs, &s->held, job);
	accounts_flight(h, job, i, +1);
	site_day_add(h, s, job);
	j->ahead = j->agreed && j->phase < PHASE_RUNNING && j->start > h->now;
	s->ahead += j->ahead;
	if (!j->ahead)
		count(h, s, job, 1);
}

void site_table_starts(struct hub *h, uint16_t i, uint32_t job)
{
	struct site *s = h->sites.site[i];

	if (!h->jobs.job[job].ahead)
		return;
	h->jobs.job[job].ahead = false;
	s->ahead--;
	count(h, s, job, 1);
}

void site_table_release(struct hub *h, uint16_t i, uint32_t job)
{
	struct site *s = h->sites.site[i];

	s->told = false;
	job_list_remove(&h->jobs, &s->held, job);
	accounts_flight(h, job, i, -1);
	if (h->jobs.job[job].ahead)
		s->ahead--;
	else
		count(h, s, job, -1);
	h->jobs.job[job].ahead = false;
}

void site_table_promise(struct hub *h, const struct offer *o, int by)
{
	struct site *s = h->sites.site[o->site];

	if (!o->counts)
		return;
	s->promised += (uint32_t)by;
	s->held_cores += (uint64_t)by * o->cores;
	s->held_memory += (uint64_t)by * o->memory;
}

bool site_table_wants(const struct hub *h, uint16_t i, const struct demand *demand)
{
	const struct site *s = h->sites.site[i];

	return trust_may(h, i) && site_day_wants(s, demand) && s->held.count - s->ahead + s->promised < s->doc.pull_jobs &&
	       (s->doc.pull_cores == UINT32_MAX || s->held_cores + demand->cores <= s->doc.pull_cores) &&
	       (s->doc.pull_memory == UINT64_MAX ||
		s->held_memory + demand->memory <= s->doc.pull_memory);
}

bool site_table_alive(const struct hub *h, uint16_t i)
{
	const struct site *s = h->sites.site[i];

	return s->known && !s->stuck && !s->trouble && s->out.dir >= 0 && h->ticks - s->heard <= h->config.lease;
}
