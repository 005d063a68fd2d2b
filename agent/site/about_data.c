/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "about_data.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "instant.h"
#include "samples.h"

/* More than so many are not told. */
enum { TRANSFERS_MAX = 256, JOBS_MAX = 64 };

static int add_stores(const struct agent *a, struct tree *t, struct site_doc *s, struct diag *d)
{
	static const struct settings_store hub = { .name = SAMPLES_HUB, .url = SAMPLES_HUB };
	int64_t now = instant_now();
	bool named = false;

	s->store = tree_alloc(t, (a->set->stores + 1) * sizeof *s->store);
	if (!s->store)
		return diag_nomem(d);
	for (uint32_t i = 0; i < a->set->stores; i++) {
		named |= !strcmp(a->set->store[i].name, SAMPLES_HUB);
		samples_sum_up(a->set, t, &a->set->store[i], now, &s->store[s->stores++]);
	}
	if (named)
		return 0;
	samples_sum_up(a->set, t, &hub, now, &s->store[s->stores]);
	s->stores += s->store[s->stores].samples > 0;
	return 0;
}

/* --- on the way ---------------------------------------------------------------------- */

struct adding {
	struct tree *t;
	struct site_doc *s;
	struct digest key[TRANSFERS_MAX];
};

static int64_t time_left(const struct progress_seen *p)
{
	if (!p->rate || p->total < p->done)
		return 0;
	return (int64_t)((double)(p->total - p->done) / (double)p->rate * SECOND_US);
}

static bool add_job(struct tree *t, struct site_transfer *one, const struct uuid *job)
{
	char *id = tree_alloc(t, UUID_TEXT);

	if (!one->jobs.item)
		one->jobs.item = tree_alloc(t, JOBS_MAX * sizeof *one->jobs.item);
	if (!id || !one->jobs.item)
		return false;
	uuid_format(job, id);
	if (one->jobs.count < JOBS_MAX)
		one->jobs.item[one->jobs.count++] = id;
	return true;
}

static struct site_transfer *find(const struct adding *m, const struct digest *key)
{
	for (uint32_t i = 0; i < m->s->transfers; i++)
		if (digest_eq(&m->key[i], key))
			return &m->s->transfer[i];
	return NULL;
}

static struct site_transfer *add(struct adding *m, const struct digest *key, const char *what,
				 const struct progress_seen *p, bool in)
{
	const char *url = tree_strdup(m->t, p->url, strlen(p->url));
	struct site_transfer *one;

	if (!m->s->transfer || m->s->transfers == TRANSFERS_MAX || !url)
		return NULL;
	one = &m->s->transfer[m->s->transfers];
	*one = (struct site_transfer){ .what = what, .from = in ? url : NULL, .to = in ? NULL : url,
				       .bytes = p->total, .done = p->done, .rate = p->rate,
				       .left = time_left(p) };
	m->key[m->s->transfers++] = *key;
	return one;
}

static void add_inputs(const struct agent *a, struct adding *m, const struct attempt *at)
{
	for (uint32_t i = 0; i < at->needs; i++) {
		const struct attempt_need *n = &at->need[i];
		struct site_transfer *one = find(m, &n->digest);
		struct progress_seen p;

		if (!one && fetch_progress(&a->fetches, &n->digest, &p))
			one = add(m, &n->digest, n->dataset, &p, true);
		if (one)
			add_job(m->t, one, &at->job);
	}
}

static void add_outputs(const struct agent *a, struct adding *m, const struct attempt *at)
{
	int dir = state_opendir(a->st.running, at->key, NULL);
	struct site_transfer *one;
	struct progress_seen p;
	struct digest key;

	if (dir < 0)
		return;
	digest_bytes(at->key, strlen(at->key), &key);
	if (progress_read(dir, "progress", &p)) {
		one = add(m, &key, "outputs", &p, false);
		if (one)
			add_job(m->t, one, &at->job);
	}
	close(dir);
}

static int add_transfers(const struct agent *a, struct tree *t, struct site_doc *s,
			 struct diag *d)
{
	struct adding *m = NULL;

	if (!a->held.in[ATTEMPT_PREPARING].count && !a->held.in[ATTEMPT_COLLECTING].count)
		return 0;
	m = tree_alloc(t, sizeof *m);
	s->transfer = tree_alloc(t, TRANSFERS_MAX * sizeof *s->transfer);
	if (!m || !s->transfer)
		return diag_nomem(d);
	*m = (struct adding){ .t = t, .s = s };
	for (const struct attempt *at = a->held.in[ATTEMPT_PREPARING].first; at; at = at->next)
		add_inputs(a, m, at);
	for (const struct attempt *at = a->held.in[ATTEMPT_COLLECTING].first; at; at = at->next)
		if (at->sending)
			add_outputs(a, m, at);
	return 0;
}

int about_data(const struct agent *a, struct tree *t, struct site_doc *s, struct diag *d)
{
	return add_stores(a, t, s, d) < 0 ? -1 : add_transfers(a, t, s, d);
}

/* --- datasets -------------------------------------------------------------------------- */

static int all_datasets(const struct agent *a, struct tree *t, struct site_doc *s, struct diag *d)
{
	s->dataset = tree_alloc(t, (a->locals.count + a->cache.count + 1ul) * sizeof *s->dataset);
	if (!s->dataset)
		return diag_nomem(d);
	for (uint32_t i = 0; i < a->locals.count; i++) {
		const struct local_dataset *l = &a->locals.item[i];

		if (l->known)
			s->dataset[s->datasets++] =
				(struct site_dataset){ l->name, l->bytes, l->digest };
	}
	for (uint32_t i = 0; i < a->cache.count; i++) {
		const struct cache_entry *c = &a->cache.entry[i];

		if (c->name[0])
			s->dataset[s->datasets++] =
				(struct site_dataset){ c->name, c->bytes, c->digest };
	}
	return 0;
}

/* Of all that all_datasets() looks at; as long as it stays nobody has to look. */
static uint64_t version(const struct agent *a)
{
	uint64_t v = hash64(&a->cache.version, sizeof a->cache.version, 1);

	for (uint32_t i = 0; i < a->locals.count; i++)
		if (a->locals.item[i].known)
			v += hash64(&a->locals.item[i].digest, sizeof(struct digest), i + 2ul);
	return v | 1;
}

int about_datasets(struct agent *a, struct tree *t, struct site_doc *s, struct diag *d)
{
	struct heard *h = &a->heard;

	s->cache = (struct site_cache){
		.size = a->cache.limit == UINT64_MAX ? 0 : a->cache.limit,
		.bytes = a->cache.bytes, .count = a->cache.count,
	};
	if (h->generation && h->version == version(a) && !a->tell.whole) {
		s->cache.generation = s->cache.since = h->generation;
		h->next = 0;
		return 0;
	}
	h->next_version = version(a);
	return all_datasets(a, t, s, d) < 0 ? -1 : heard_news(h, t, s, a->tell.whole, s->time, d);
}

uint64_t about_generation(struct agent *a)
{
	struct heard *h = &a->heard;
	struct tree t = TREE_INIT;
	struct site_doc s = { .datasets = 0 };
	bool differs = false;

	if (h->generation && h->version != version(a)) {
		differs = all_datasets(a, &t, &s, NULL) == 0 &&
			  heard_differs(h, s.dataset, s.datasets);
		if (!differs)
			h->version = version(a);
	}
	tree_free(&t);
	return h->generation + differs;
}

/* --- what is news ------------------------------------------------------------------------- */

/* Only a change to more than twice of it, or less than half. */
static uint64_t magnitude(uint64_t v)
{
	uint64_t power = 1;

	while (v > 1) {
		v >>= 1;
		power <<= 1;
	}
	return v ? power : 0;
}

void about_data_roughly(struct site_doc *s)
{
	for (uint32_t i = 0; i < s->stores; i++) {
		struct site_store *one = &s->store[i];

		*one = (struct site_store){
			.name = one->name, .url = one->url, .trouble = one->trouble ? "some" : NULL,
			.latency = (int64_t)magnitude((uint64_t)one->latency),
			.bandwidth = magnitude(one->bandwidth), .upload = magnitude(one->upload),
		};
	}
	for (uint32_t i = 0; i < s->transfers; i++) {
		struct site_transfer *one = &s->transfer[i];

		one->done = one->bytes ? (uint64_t)((double)one->done / (double)one->bytes * 100) : 0;
		one->rate = magnitude(one->rate);
		one->left = 0;
	}
}
