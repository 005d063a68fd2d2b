/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "plan/match.h"
#include "plan/rates.h"

/* --- ages ------------------------------------------------------------------------- */

/* Clocks need not agree: less than this tells of no delay. */
#define CLOCKS_DIFFER (5 * MINUTE_US)

int64_t sources_told(const struct hub *h, const struct site *s)
{
	int64_t since = h->ticks - s->learned, by_clock = h->now - s->doc.time;

	if (!s->known)
		return 0;
	if (by_clock > since + CLOCKS_DIFFER)
		return s->doc.time;
	return h->now - (since > 0 ? since : 0);
}

double sources_age(const struct hub *h, const struct site *s, int64_t instant)
{
	int64_t then = s->doc.time - instant, since = h->now - sources_told(h, s);

	return (double)((then > 0 ? then : 0) + (since > 0 ? since : 0)) / SECOND_US;
}

/* --- rates ------------------------------------------------------------------------ */

static double assumed(const struct hub *h, const struct site_store *store)
{
	const struct config_store *c = store ? config_store(&h->config, store->name) : NULL;

	return (double)(c && c->bandwidth ? c->bandwidth : h->config.bandwidth);
}

void sources_reckon(const struct hub *h, const struct site *s, const struct site_store *store,
		    uint64_t bytes, struct source *out)
{
	struct rate_seen seen = { .value = 0 };

	*out = (struct source){ .rate = assumed(h, store) };
	if (store && store->measured) {
		seen = (struct rate_seen){ (double)store->bandwidth, (double)store->bandwidth_spread,
					   store->samples, sources_age(h, s, store->measured) };
		out->latency = (double)store->latency / SECOND_US;
		out->trouble = store->trouble;
	}
	if (seen.value > 0) {
		out->rate = rate_reckon(&seen, out->rate);
		out->spread = seen.spread;
		out->measured = store->measured;
	}
	out->seconds = out->latency + (double)bytes / out->rate;
}

double sources_upload(const struct hub *h, const struct site *s, const struct site_store *store)
{
	struct source from;

	sources_reckon(h, s, store, 0, &from);
	if (store && store->measured && store->upload) {
		struct rate_seen seen = { (double)store->upload, 0, store->samples,
					  sources_age(h, s, store->measured) };

		return rate_reckon(&seen, from.rate);
	}
	return from.rate;
}

/* --- of one dataset ------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->trouble != y->trouble)
		return x->trouble - y->trouble;
	return (x->seconds > y->seconds) - (x->seconds < y->seconds);
}

struct listing {
	const struct hub *h;
	const struct site *s;
	const struct catalogue_entry *e;
	struct tree *t;
	struct source *list;
	uint32_t n;
};

/* -1: no memory. */
static int add(struct listing *l, const char *url, const struct site_store *store)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (!strcmp(l->list[i].url, url))
			return 0;
	sources_reckon(l->h, l->s, store, l->e->bytes, &l->list[l->n]);
	l->list[l->n].url = tree_strdup(l->t, url, strlen(url));
	return l->list[l->n++].url ? 0 : -1;
}

static int add_replicas(struct listing *l)
{
	struct buf text = BUF_INIT;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < l->e->doc->replicas; i++) {
		const char *url = replica_url(&l->e->doc->replica[i], &l->h->config, &text);
		const struct site_store *store = url ? site_store(&l->s->doc, url) : NULL;

		if (store)
			r = add(l, url, store);
	}
	buf_free(&text);
	return r;
}

/* "site://NAME/" is where the cache of that site lies. */
static const struct site *neighbour(const struct hub *h, const char *url)
{
	char name[65];
	size_t n = strlen(url);
	uint16_t i;

	if (strncmp(url, "site://", 7) || n < 9 || n - 8 >= sizeof name || url[n - 1] != '/')
		return NULL;
	snprintf(name, sizeof name, "%.*s", (int)(n - 8), url + 7);
	i = site_table_find(h, name);
	return i == NO_SITE ? NULL : h->sites.site[i];
}

static int add_neighbours(struct listing *l)
{
	for (uint32_t i = 0; i < l->s->doc.stores; i++) {
		const struct site_store *store = &l->s->doc.store[i];
		const struct site *from = neighbour(l->h, store->url);

		if (from && from != l->s && from->known &&
		    dataset_held(&from->doc, l->e->name, l->e, NULL) && add(l, store->url, store) < 0)
			return -1;
	}
	return 0;
}

/* Of a dataset without a document it is not known what files it has: the hub knows. */
int sources_list(const struct hub *h, const struct site *s, const struct catalogue_entry *e,
		 struct tree *t, struct source **out, struct diag *d)
{
	size_t most = e->doc ? e->doc->replicas + s->doc.stores + 1 : 1;
	const struct site_store *hub = site_store(&s->doc, "hub");
	struct listing l = { h, s, e, t, tree_alloc(t, most * sizeof *l.list), 0 };

	if (!l.list || (e->doc && (add_replicas(&l) < 0 || add_neighbours(&l) < 0)))
		goto no_memory;
	if (l.n)
		qsort(l.list, l.n, sizeof *l.list, by_time);
	if (e->here && add(&l, "hub", hub) < 0)
		goto no_memory;
	/* It serves everybody: before others only where it is known to be nearer. */
	if (e->here && hub && hub->bandwidth)
		qsort(l.list, l.n, sizeof *l.list, by_time);
	*out = l.list;
	return (int)l.n;
no_memory:
	diag_nomem(d);
	return -1;
}

bool sources_nearest(const struct hub *h, const struct site *s, const struct catalogue_entry *e,
		     struct tree *t, struct source *out)
{
	struct source *list;
	int n = sources_list(h, s, e, t, &list, NULL);

	if (n > 0)
		*out = list[0];
	return n > 0;
}
