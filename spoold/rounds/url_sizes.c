/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "url_sizes.h"

#include <math.h>
#include <string.h>

#include "hub.h"
#include "message.h"
#include "plan/match.h"
#include "sources.h"

static const uint64_t salt = UINT64_C(0x9fb21c651e98df24);
static const double same = 0.01;	/* told again, it is nothing new */

/* --- keys --------------------------------------------------------------------------- */

static uint64_t hash_of(const struct hub *h, const char *url)
{
	return shapes_hash(&h->shapes, url, strlen(url)) ^ salt;
}

/* Of all the addresses of a shape, in their order; of one it is that of itself. */
static uint64_t key_of_all(const struct hub *h, const struct shape *s)
{
	uint64_t key = 0;

	for (uint32_t i = 0; i < s->urls; i++)
		key = key * UINT64_C(0xff51afd7ed558ccd) + hash_of(h, s->url[i].url);
	return key | 1;
}

static double learned_bytes(const struct hub *h, uint64_t key)
{
	const struct run_times *t = learned_of(h, key);

	return t ? run_times_quantile(t, 0.5) : 0;
}

/* --- what is known -------------------------------------------------------------------- */

double url_size(const struct hub *h, const struct shape_url *u)
{
	double bytes = learned_bytes(h, hash_of(h, u->url) | 1);

	return bytes > 0 ? bytes : (double)u->bytes;
}

bool url_held(const struct hub *h, const struct shape_url *u, uint32_t site)
{
	return u->pin && dataset_held(&h->sites.site[site]->doc, "url", NULL, u->pin);
}

static double seconds_from(const struct hub *h, const struct shape_url *u, uint32_t site, double bytes)
{
	const struct site *s = h->sites.site[site];
	struct source from;

	sources_reckon(h, s, site_store(&s->doc, u->url), (uint64_t)bytes, &from);
	return from.seconds;
}

/* Of several, of which not each is known, each is taken to have an equal part of all. */
void url_load(const struct hub *h, const struct shape *s, uint32_t site, struct url_load *out)
{
	double all = s->urls > 1 ? learned_bytes(h, key_of_all(h, s)) : 0;

	*out = (struct url_load){ 0 };
	for (uint32_t i = 0; i < s->urls; i++) {
		double bytes = url_size(h, &s->url[i]);

		if (!(bytes > 0))
			bytes = all / s->urls;
		if (!(bytes > 0) || url_held(h, &s->url[i], site))
			continue;
		out->bytes += bytes;
		out->seconds += seconds_from(h, &s->url[i], site, bytes);
	}
}

uint64_t url_sizes_version(const struct hub *h, const struct shape *s)
{
	uint64_t v = key_of_all(h, s);

	if (!s->urls)
		return 0;
	for (uint32_t i = 0; i < s->urls; i++)
		v = v * UINT64_C(0xff51afd7ed558ccd) + (uint64_t)url_size(h, &s->url[i]) + (s->url[i].pin != NULL);
	if (s->urls > 1)
		v += (uint64_t)learned_bytes(h, key_of_all(h, s));
	return v | 1;
}

/* --- what is learned ------------------------------------------------------------------ */

/* A catalogued dataset may be one that the site need not fetch: then the sum tells
 * nothing of the rest. */
void url_sizes_ended(struct hub *h, uint32_t j, const struct message_report *r)
{
	const struct shape *s = &h->shapes.row[h->jobs.job[j].shape].shape;

	if (s->urls && !s->datasets.count && r->staged)
		learned_add(h, key_of_all(h, s), (double)r->staged);
}

void url_sizes_told(struct hub *h, const struct site_doc *doc)
{
	for (uint32_t i = 0; i < doc->transfers; i++) {
		const struct site_transfer *t = &doc->transfer[i];
		uint64_t key;

		if (!t->from || !t->bytes || strcmp(t->what, "url"))
			continue;
		key = hash_of(h, t->from) | 1;
		if (fabs(learned_bytes(h, key) - (double)t->bytes) > same * (double)t->bytes)
			learned_add(h, key, (double)t->bytes);
	}
}
