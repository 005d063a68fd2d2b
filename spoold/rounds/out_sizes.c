/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "out_sizes.h"

#include "hub.h"
#include "message.h"
#include "sources.h"

/* Keys are odd: these keep them so. */
static const uint64_t home_key = UINT64_C(0x5bd1e9955bd1e996), stored_key = UINT64_C(0x2545f4914f6cdd1e);
static const double least = 4096;	/* bytes: fewer are as good as none, and none has no logarithm */

/* --- what there will be ----------------------------------------------------------------- */

static double expect(const struct hub *h, uint64_t key, uint32_t *ends)
{
	const struct run_times *t = learned_of(h, key);
	double bytes = t ? run_times_quantile(t, 0.5) : 0;

	if (t && (uint32_t)(t->count + 0.5F) > *ends)
		*ends = (uint32_t)(t->count + 0.5F);
	return bytes > least ? bytes : 0;
}

void out_sizes_expect(const struct hub *h, uint32_t j, struct out_sizes *out)
{
	bool outputs = h->shapes.row[h->jobs.job[j].shape].shape.outputs.count;

	*out = (struct out_sizes){ 0 };
	for (enum learned_basis b = LEARNED_NAME; b < LEARNED_ALL && !out->ends; b++) {
		uint64_t key = learned_key(h, j, b);

		if (!key)
			continue;
		out->home = expect(h, key ^ home_key, &out->ends);
		if (outputs)
			out->stored = expect(h, key ^ stored_key, &out->ends);
	}
}

/* Of jobs that leave nothing behind nothing is kept. */
static void learn(struct hub *h, uint64_t key, double bytes)
{
	if (key && (bytes > least || learned_of(h, key)))
		learned_add(h, key, bytes > least ? bytes : least);
}

void out_sizes_ended(struct hub *h, uint32_t j, const struct message_report *r)
{
	double home = 0, stored = 0;

	for (uint32_t i = 0; i < r->files; i++)
		home += (double)r->file[i].size;
	for (uint32_t i = 0; i < r->storeds; i++)
		stored += (double)r->stored[i].bytes;
	for (enum learned_basis b = LEARNED_NAME; b < LEARNED_ALL; b++) {
		uint64_t key = learned_key(h, j, b);

		if (!key)
			continue;
		learn(h, key ^ home_key, home);
		learn(h, key ^ stored_key, stored);
	}
}

/* --- how long it takes ------------------------------------------------------------------ */

double out_sizes_home(const struct hub *h, uint32_t site)
{
	const struct site *s = h->sites.site[site];

	return 1 / sources_upload(h, s, site_store(&s->doc, "hub"));
}

double out_sizes_stored(const struct hub *h, const struct shape *s, uint32_t site)
{
	const struct site *at = h->sites.site[site];
	double sum = 0;

	for (uint32_t i = 0; i < s->outputs.count; i++)
		sum += 1 / sources_upload(h, at, site_store(&at->doc, s->outputs.item[i]));
	return s->outputs.count ? sum / s->outputs.count : 0;
}
