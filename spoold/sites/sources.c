/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sources.h"

#include <stdlib.h>
#include <string.h>

#include "instant.h"
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

/* --- of one dataset ------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->trouble != y->trouble)
		return x->trouble - y->trouble;
	return (x->seconds > y->seconds) - (x->seconds < y->seconds);
}

int sources_list(const struct hub *h, const struct site *s, const struct catalogue_entry *e,
		 struct tree *t, struct source **out, struct diag *d)
{
	uint32_t replicas = e->doc ? e->doc->replicas : 0, n = 0;
	struct source *list = tree_alloc(t, (replicas + 1) * sizeof *list);
	struct buf text = BUF_INIT;

	*out = list;
	if (!list)
		return diag_nomem(d);
	for (uint32_t i = 0; i < replicas; i++) {
		const char *url = replica_url(&e->doc->replica[i], &h->config, &text);
		const struct site_store *store = url ? site_store(&s->doc, url) : NULL;

		if (!store)
			continue;
		sources_reckon(h, s, store, e->bytes, &list[n]);
		if (!(list[n++].url = tree_strdup(t, url, strlen(url)))) {
			buf_free(&text);
			return diag_nomem(d);
		}
	}
	buf_free(&text);
	if (n)
		qsort(list, n, sizeof *list, by_time);
	if (e->here) {
		sources_reckon(h, s, NULL, e->bytes, &list[n]);
		list[n++].url = "hub";
	}
	return (int)n;
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
