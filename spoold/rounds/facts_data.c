/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "facts_part.h"
#include "grow.h"
#include "instant.h"
#include "plan/match.h"
#include "sources.h"
#include "url_sizes.h"

/* --- their numbers -------------------------------------------------------------------- */

enum { KEY = 128 + 1 + DIGEST_TEXT };

/* "NAME", or "NAME DIGEST" where a version is wanted; returns its length. */
static size_t key_of(const char *name, const struct digest *pin, char key[KEY])
{
	size_t n = strnlen(name, 128);

	memcpy(key, name, n);
	if (pin) {
		key[n] = ' ';
		digest_format(pin, key + n + 1);
		n += 1 + DIGEST_LEN;
	}
	key[n] = '\0';
	return n;
}

static uint32_t find(const struct hub *h, const char *name, const struct digest *pin)
{
	char key[KEY];
	size_t n = key_of(name, pin, key);

	return name_table_find(&h->facts.files, key, n);
}

/* NO_NAME: out of memory. */
static uint32_t number(struct facts *f, const char *name, const struct digest *pin)
{
	uint32_t before = f->files.count, file;
	char key[KEY];
	size_t n = key_of(name, pin, key);

	if (!grow(&f->known, before, &f->known_cap, sizeof *f->known))
		return NO_NAME;
	file = name_table_put(&f->files, key, n);
	if (file != before || file == NO_NAME)
		return file;
	f->known[file] = (struct facts_file){ .name = strdup(name), .pinned = pin };
	if (!f->known[file].name)
		f->known[file].name = f->files.text[file];	/* finds nothing, if pinned */
	if (pin)
		f->known[file].pin = *pin;
	return file;
}

void facts_data_free(struct facts *f)
{
	for (uint32_t i = 0; f->known && i < f->files.count; i++)
		if (f->known[i].name != f->files.text[i])
			free(f->known[i].name);
	free(f->known);
	for (uint32_t i = 0; f->coming && i < f->planner.sites; i++)
		free(f->coming[i].file);
	free(f->coming);
	name_table_free(&f->files);
	f->known = NULL;
	f->coming = NULL;
}

/* --- where they lie --------------------------------------------------------------------- */

static const struct digest *pin_of(const struct facts_file *k)
{
	return k->pinned ? &k->pin : NULL;
}

/* What the hub can tell of it; NULL: nothing of that version. */
static const struct catalogue_entry *entry_of(const struct hub *h, const struct facts_file *k)
{
	const struct catalogue_entry *e = catalogue_find(&h->catalogue, k->name);

	return dataset_known(e, pin_of(k)) ? e : NULL;
}

static double *cell(const struct planner *p, uint32_t file, uint32_t site)
{
	return &p->there[(size_t)file * p->sites + site];
}

/* What lies at the hub alone is all fetched from there: store 0.  Else a dataset
 * has a store of its own, as for each site another source is the nearest. */
static void tell_about(struct hub *h, uint32_t file)
{
	struct planner *p = &h->facts.planner;
	const struct catalogue_entry *e = entry_of(h, &h->facts.known[file]);

	if (e)
		p->bytes[file] = e->bytes;
	p->store[file] = e && e->doc && (e->doc->replicas || h->facts.links) ? file + 1 : 0;
}

static void tell_source(struct hub *h, uint32_t file, uint32_t site)
{
	const struct catalogue_entry *e = entry_of(h, &h->facts.known[file]);
	struct planner *p = &h->facts.planner;
	struct tree t = TREE_INIT;
	struct source from;

	if (!p->store[file] || !e)
		return;
	if (sources_nearest(h, h->sites.site[site], e, &t, &from) && e->bytes)
		p->carry[(size_t)p->store[file] * p->sites + site] = from.seconds / (double)e->bytes;
	tree_free(&t);
}

static void tell_held(struct hub *h, uint32_t file, uint32_t site)
{
	const struct facts_file *k = &h->facts.known[file];
	const struct site_dataset *here = dataset_held(&h->sites.site[site]->doc, k->name,
						       catalogue_find(&h->catalogue, k->name), pin_of(k));

	if (!here)
		return;
	*cell(&h->facts.planner, file, site) = 0;
	h->facts.planner.bytes[file] = here->bytes;
}

/* One that nobody asked for before: who has it? */
static void tell_file(struct hub *h, uint32_t file)
{
	tell_about(h, file);
	for (uint32_t i = 0; i < h->sites.count; i++) {
		tell_source(h, file, i);
		tell_held(h, file, i);
	}
}

void facts_tell_files(struct hub *h)
{
	for (uint32_t i = 0; i < h->facts.files.count; i++)
		tell_about(h, i);
}

static uint32_t count_links(const struct site_doc *doc)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < doc->stores; i++)
		n += !strncmp(doc->store[i].url, "site://", 7);
	return n;
}

/* Who may fetch from other sites looks again when one of these has something new. */
static void tell_neighbours(struct hub *h, uint32_t site)
{
	struct facts *f = &h->facts;

	for (uint32_t i = 0; f->links && i < h->sites.count; i++)
		if (i != site && count_links(&h->sites.site[i]->doc)) {
			f->told[i] = 0;
			h->sites.site[i]->told = false;
		}
}

void facts_tell_data(struct hub *h, uint32_t site)
{
	const struct site *s = h->sites.site[site];
	struct facts *f = &h->facts;
	struct planner *p = &f->planner;
	struct source hub;

	if (!f->links && count_links(&s->doc)) {
		f->links = true;
		facts_tell_files(h);
	}
	sources_reckon(h, s, site_store(&s->doc, "hub"), 0, &hub);
	p->carry[site] = 1 / hub.rate;
	for (uint32_t i = 0; i < f->files.count; i++) {
		*cell(p, i, site) = PLANNER_NEVER;
		tell_source(h, i, site);
		tell_held(h, i, site);
	}
	tell_neighbours(h, site);
}

/* --- what is on its way -------------------------------------------------------------------- */

/* It is expected, not said: forgotten when the site is told of again. */
static void comes(struct hub *h, uint32_t file, uint32_t site, double when)
{
	struct facts_coming *c = &h->facts.coming[site];

	if (grow(&c->file, c->count, &c->cap, sizeof *c->file)) {
		c->file[c->count++] = file;
		*cell(&h->facts.planner, file, site) = when;
	}
}

static void tell_transfers(struct hub *h, uint32_t site)
{
	const struct site_doc *doc = &h->sites.site[site]->doc;
	struct planner *p = &h->facts.planner;
	double now = facts_seconds(h->now);

	for (uint32_t i = 0; i < doc->transfers; i++) {
		const struct site_transfer *t = &doc->transfer[i];
		double left = (double)(t->bytes > t->done ? t->bytes - t->done : 0) * p->carry[site];
		uint32_t file = t->from ? find(h, t->what, NULL) : NO_NAME;

		if (t->left)
			left = (double)t->left / SECOND_US;
		line_load_add(&p->site[site].line, left, t->jobs.count);
		if (file != NO_NAME && *cell(p, file, site) >= PLANNER_NEVER)
			comes(h, file, site, now + left);
	}
}

/* The site has the job, or will have it, and fetches what that needs. */
static void tell_needs(struct hub *h, uint32_t site, const struct shape *s)
{
	struct planner *p = &h->facts.planner;
	struct line_load *line = &p->site[site].line;
	double now = facts_seconds(h->now), others;
	double from = p->site[site].pickup > now ? p->site[site].pickup : now;

	for (uint32_t i = 0; i < s->datasets.count; i++) {
		uint32_t file = find(h, s->datasets.item[i], s->pin[i]);
		double seconds;

		if (file == NO_NAME || *cell(p, file, site) < PLANNER_NEVER)
			continue;
		seconds = (double)p->bytes[file] * p->carry[(size_t)p->store[file] * p->sites + site];
		comes(h, file, site, from + seconds + line_load_delay(line, seconds, &others));
		line_load_add(line, seconds, 1);
	}
}

/* Once it prepares it, that is one of its transfers. */
static void tell_own(struct hub *h, uint32_t site, const struct shape *s)
{
	struct url_load load;

	url_load(h, s, site, &load);
	if (load.seconds > 0)
		line_load_add(&h->facts.planner.site[site].line, load.seconds, 1);
}

void facts_tell_coming(struct hub *h, uint32_t site)
{
	struct facts *f = &h->facts;
	struct facts_coming *c = &f->coming[site];

	f->planner.site[site].line = (struct line_load){ .work = { 0 } };
	while (c->count) {
		uint32_t file = c->file[--c->count];

		*cell(&f->planner, file, site) = PLANNER_NEVER;
		tell_held(h, file, site);
	}
	tell_transfers(h, site);
	for (uint32_t j = h->sites.site[site]->held.head; j != NO_JOB; j = h->jobs.job[j].next) {
		const struct shape *s = &h->shapes.row[h->jobs.job[j].shape].shape;

		if (s->datasets.count && h->jobs.job[j].phase <= PHASE_PREPARING)
			tell_needs(h, site, s);
		if (s->urls && h->jobs.job[j].phase == PHASE_WAITING)
			tell_own(h, site, s);
	}
}

void facts_sent(struct hub *h, const struct planner_job *job, const struct planner_choice *c)
{
	const struct planner_shape *s = &h->facts.planner.shape[job->shape];
	double now = facts_seconds(h->now);

	for (uint32_t i = 0; i < s->files; i++) {
		double there = *cell(&h->facts.planner, s->file[i], c->site);

		planner_sent(&h->facts.planner, s->file[i], c->site, c->offer.staged);
		if (there > now && there < PLANNER_NEVER)
			comes(h, s->file[i], c->site, there);
	}
}

const struct planner_own *facts_own(struct hub *h, const struct shape *s)
{
	uint64_t version = url_sizes_version(h, s);
	struct facts *f = &h->facts;

	if (version && f->own_of != version)
		for (uint32_t i = 0; i < h->sites.count; i++) {
			struct url_load load;

			url_load(h, s, i, &load);
			f->own[i] = (struct planner_own){ (uint64_t)load.bytes, (float)load.seconds };
		}
	if (version)
		f->own_of = version;
	return version ? f->own : NULL;
}

/* --- of a shape -------------------------------------------------------------------------- */

bool facts_files(struct hub *h, const struct shape *s)
{
	struct facts *f = &h->facts;

	if (!facts_room(h, f->files.count + s->datasets.count))
		return false;
	f->shape.files = 0;
	for (uint32_t i = 0; i < s->datasets.count; i++) {
		uint32_t before = f->files.count, file = number(f, s->datasets.item[i], s->pin[i]);

		if (file == NO_NAME)
			return false;
		if (file == before)
			tell_file(h, file);
		f->file[f->shape.files++] = file;
	}
	return true;
}
