/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "line.h"
#include "size.h"

static bool in_list(const struct text_list *l, const char *word)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (!strcmp(l->item[i], word))
			return true;
	return false;
}

static bool any_of(const struct text_list *wanted, const struct text_list *a, const struct text_list *b)
{
	for (uint32_t i = 0; i < wanted->count; i++)
		if (in_list(a, wanted->item[i]) || (b && in_list(b, wanted->item[i])))
			return true;
	return false;
}

static void add_words(struct buf *out, const struct text_list *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		buf_addf(out, "%s%s", i ? ", " : "", l->item[i]);
}

/* One test's outcome.  A NO is remembered; its words only if asked for. */
struct verdict {
	struct match *m;
	struct buf *reasons;
	struct buf unwanted;	/* takes the words when nobody asked */
	bool unable;		/* permission alone would not help */
};

static struct buf *forbid(struct verdict *v)
{
	struct buf *out = v->reasons ? v->reasons : &v->unwanted;

	v->m->may = false;
	if (out->len)
		buf_adds(out, "; ");
	return out;
}

static struct buf *no(struct verdict *v)
{
	v->unable = true;
	return forbid(v);
}

static void test_auth(const struct shape *s, const struct config *config, struct verdict *v)
{
	const char *accepted[s->auths.count + 1];
	struct buf *out;
	uint32_t n;

	if (auth_accepted(config, &s->auths, accepted, &n) == AUTH_ACCEPTED)
		return;
	out = forbid(v);
	buf_adds(out, "the method of authentication is not supported: ");
	add_words(out, &s->auths);
}

static void test_permission(const struct shape *s, const struct site_doc *site,
			    const struct config *config, const struct config_site *cs, struct verdict *v)
{
	static const struct text_list none;
	const struct text_list *groups = cs ? &cs->groups : &none, *tags = cs ? &cs->tags : &none;

	test_auth(s, config, v);
	if (cs && !cs->enabled)
		buf_adds(no(v), "it is switched off in config.yaml");
	if (s->sensitivity && !in_list(&site->clearances, s->sensitivity))
		buf_addf(forbid(v), "it does not claim the clearance %s", s->sensitivity);
	else if (s->sensitivity && !config_cleared(config, site->name, s->sensitivity))
		buf_addf(forbid(v), "it is not cleared for %s", s->sensitivity);
	if (s->sites.count && !in_list(&s->sites, site->name))
		buf_adds(no(v), "the job does not name this site");
	if (s->groups.count && !any_of(&s->groups, &site->groups, groups)) {
		struct buf *out = no(v);

		buf_adds(out, "it is in none of the groups ");
		add_words(out, &s->groups);
	}
	for (uint32_t i = 0; i < s->require.count; i++)
		if (!in_list(&site->tags, s->require.item[i]) && !in_list(tags, s->require.item[i]))
			buf_addf(no(v), "it lacks the tag %s", s->require.item[i]);
}

static void test_compute(const struct shape_compute *c, const struct site_doc *site, struct verdict *v)
{
	struct buf *out;

	if (site_has_compute(site, c->type, c->detail) ||
	    (!c->detail && (in_list(&site->types, c->type) || in_list(&site->tags, c->type))))
		return;
	out = no(v);
	buf_addf(out, "it has no compute resource of type %s", c->type);
	if (c->detail && site_has_compute(site, c->type, NULL)) {
		buf_adds(out, " that is ");
		line_node(out, c->detail);
	}
}

static void test_ability(const struct shape *s, const struct site_doc *site, struct verdict *v)
{
	if (s->type && !in_list(&site->types, s->type))
		buf_addf(no(v), "it runs no %s", s->type);
	for (uint32_t i = 0; i < s->computes; i++)
		test_compute(&s->compute[i], site, v);
	for (uint32_t i = 0; i < s->storage_types.count; i++)
		if (!in_list(&site->types, s->storage_types.item[i]))
			buf_addf(no(v), "it reaches no storage of type %s", s->storage_types.item[i]);
	if (s->dependencies.count && !any_of(&s->dependencies, &site->dependencies, &site->types)) {
		struct buf *out = no(v);

		buf_adds(out, "it resolves software by none of ");
		add_words(out, &s->dependencies);
	}
}

static void too_small(struct verdict *v, const char *what, uint64_t has, uint64_t wanted)
{
	struct buf *out = no(v);

	buf_addf(out, "it has ");
	size_human(has, out);
	buf_addf(out, " of %s, the job needs ", what);
	size_human(wanted, out);
}

static void test_gpus(const struct shape *s, const struct site_doc *site, struct verdict *v)
{
	for (uint32_t i = 0; i < s->gpus; i++) {
		const struct shape_gpu *want = &s->gpu[i];
		/* Those of any type come on top of those of a certain one. */
		uint32_t wanted = want->type ? want->count : s->demand.gpus;
		uint32_t has = 0;

		for (uint32_t k = 0; k < site->gpus; k++)
			if (!want->type || !strcmp(want->type, site->gpu[k].type))
				has += site->gpu[k].count;
		if (has < wanted)
			buf_addf(no(v), "it has %u GPUs%s%s, the job needs %u", has,
				 want->type ? " of type " : "", want->type ? want->type : "", wanted);
	}
}

static bool in_flavour(const struct site_flavour *f, const struct shape_part *c)
{
	return f->cores >= c->cores && f->memory >= c->memory && (!c->most_cores || f->cores <= c->most_cores) &&
	       (!c->most_memory || f->memory <= c->most_memory);
}

/* The smallest that will do, as place_wish() takes it; NULL: none. */
static const struct site_flavour *smallest(const struct site_doc *site, const struct shape_part *c)
{
	const struct site_flavour *best = NULL;

	for (uint32_t k = 0; k < site->flavours; k++) {
		const struct site_flavour *f = &site->flavour[k];

		if (in_flavour(f, c) && (!best || f->cores < best->cores ||
					 (f->cores == best->cores && f->memory < best->memory)))
			best = f;
	}
	return best;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Has it so much at once?  What is too much unraised has been said. */
static void test_raised(const struct demand *asked, uint64_t cores, uint64_t memory,
			const struct site_doc *site, struct verdict *v)
{
	uint64_t has_cores = least(site->cores, site->pull_cores);
	uint64_t has_memory = least(site->memory, site->pull_memory);
	struct buf *out;

	if (asked->cores > has_cores || asked->memory > has_memory || (cores <= has_cores && memory <= has_memory))
		return;
	out = no(v);
	buf_addf(out, "in its flavours the job takes %" PRIu64 " cores and ", cores);
	size_human(memory, out);
	buf_addf(out, " of memory, of %" PRIu64 " and ", has_cores);
	size_human(has_memory, out);
}

/* One for each replica of each part, and all of them at once. */
static void test_flavours(const struct shape *s, const struct site_doc *site, struct verdict *v)
{
	uint64_t cores = 0, memory = 0, more;
	bool all = site->flavours;

	for (uint32_t i = 0; site->flavours && i < s->parts; i++) {
		const struct shape_part *c = &s->part[i];
		const struct site_flavour *f = smallest(site, c);
		struct buf *out;

		if (f) {
			cores += (uint64_t)f->cores * c->replicas;
			if (__builtin_mul_overflow(f->memory, c->replicas, &more) ||
			    __builtin_add_overflow(memory, more, &memory))
				memory = UINT64_MAX;
			continue;
		}
		all = false;
		out = no(v);
		buf_addf(out, "it has no flavour with %u%s cores and ", c->cores,
			 c->most_cores ? " or a few more" : "");
		size_human(c->memory, out);
		buf_adds(out, " of memory");
	}
	if (all)
		test_raised(&s->demand, cores, memory, site, v);
}

static void test_resources(const struct shape *s, const struct site_doc *site, struct verdict *v)
{
	if (s->demand.cores > site->cores)
		buf_addf(no(v), "it has %u cores, the job needs %u", site->cores, s->demand.cores);
	else if (s->demand.cores > site->pull_cores)
		buf_addf(no(v), "it pulls work for at most %u cores, the job needs %u", site->pull_cores,
			 s->demand.cores);
	if (s->demand.memory > site->memory)
		too_small(v, "memory", site->memory, s->demand.memory);
	else if (s->demand.memory > site->pull_memory)
		too_small(v, "memory for pulled work", site->pull_memory, s->demand.memory);
	if (s->demand.disk > site->disk)
		too_small(v, "disk", site->disk, s->demand.disk);
	test_flavours(s, site, v);
	test_gpus(s, site, v);
}

static bool reaches_replica(const struct site_doc *site, const struct config *config,
			    const struct dataset_doc *doc)
{
	struct buf text = BUF_INIT;
	bool found = false;

	for (uint32_t i = 0; i < doc->replicas && !found; i++) {
		const char *url = replica_url(&doc->replica[i], config, &text);

		found = url && site_store(site, url);
	}
	buf_free(&text);
	return found;
}

/* What is sensitive asks for the clearance, whether the job does so or not. */
static void test_dataset_clearance(const struct catalogue_entry *e, const struct site_doc *site,
				   const struct config *config, struct verdict *v)
{
	const char *sensitivity = e->doc ? e->doc->sensitivity : NULL;

	if (sensitivity && (!in_list(&site->clearances, sensitivity) ||
			    !config_cleared(config, site->name, sensitivity)))
		buf_addf(forbid(v), "it is not cleared for %s, as the dataset %s asks for", sensitivity,
			 e->name);
}

static void test_addresses(const struct shape *s, const struct site_doc *site,
			   struct verdict *v)
{
	for (uint32_t i = 0; i < s->addresses.count; i++)
		if (!site_store(site, s->addresses.item[i]))
			buf_addf(no(v), "it knows no store that %s lies in", s->addresses.item[i]);
}

static void no_source(const char *name, const struct catalogue_entry *hub, const struct digest *pin,
		      struct verdict *v)
{
	struct buf *out = no(v);
	char hex[DIGEST_TEXT];

	if (hub && !hub->measured) {
		buf_addf(out, "the dataset %s is still being measured", name);
		v->m->later = true;
	} else if (pin) {
		digest_format(pin, hex);
		buf_addf(out, "it does not hold the version %.12s of the dataset %s, and the hub has %s", hex,
			 name, hub ? "another" : "none of that name");
	} else {
		buf_addf(out, "it does not hold the dataset %s, and the hub has none of that name", name);
	}
}

/* The hub's catalogue says which version counts, unless the job does; a site that
 * has another one has to fetch it.  What only a site has can be used only there. */
static void test_datasets(const struct shape *s, const struct site_doc *site,
			  const struct config *config, const struct catalogue *catalogue,
			  struct verdict *v)
{
	for (uint32_t i = 0; i < s->datasets.count; i++) {
		const char *name = s->datasets.item[i];
		const struct catalogue_entry *hub = catalogue_find(catalogue, name);
		const struct site_dataset *here = dataset_held(site, name, hub, s->pin[i]);

		if (hub)
			test_dataset_clearance(hub, site, config, v);
		if (here)
			v->m->held += here->bytes;
		else if (!hub || !dataset_known(hub, s->pin[i]))
			no_source(name, hub, s->pin[i], v);
		else if (!hub->here && hub->doc && !reaches_replica(site, config, hub->doc))
			buf_addf(no(v), "it reaches no place where the dataset %s lies", name);
		else
			v->m->missing += hub->bytes;
	}
}

void match_site(const struct shape *s, const struct site_doc *site, const struct config *config,
		const struct catalogue *catalogue, struct match *m, struct buf *reasons)
{
	const struct config_site *cs = config_site(config, site->name);
	struct verdict v = { m, reasons, BUF_INIT, false };

	*m = (struct match){ .may = true, .preferred = true };
	test_permission(s, site, config, cs, &v);
	test_ability(s, site, &v);
	test_resources(s, site, &v);
	test_datasets(s, site, config, catalogue, &v);
	test_addresses(s, site, &v);
	m->denied = !m->may && !v.unable;
	for (uint32_t i = 0; i < s->software.count; i++)
		m->unresolved += !software_resolved(site, s->software.item[i]);
	for (uint32_t i = 0; i < s->prefer.count; i++)
		if (!in_list(&site->tags, s->prefer.item[i]) && !(cs && in_list(&cs->tags, s->prefer.item[i])))
			m->preferred = false;
	m->avoided = any_of(&s->avoid, &site->tags, cs ? &cs->tags : NULL);
	buf_free(&v.unwanted);
}
