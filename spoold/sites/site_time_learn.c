/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub.h"
#include "instant.h"
#include "reserved.h"
#include "shapes.h"
#include "site_time.h"

static uint64_t hash_downs(const struct hub *h, const struct site *s)
{
	struct buf b = BUF_INIT;
	uint64_t hash;

	for (uint32_t i = 0; i < s->doc.downs; i++)
		buf_addf(&b, "%jd %jd ", (intmax_t)s->doc.down[i].from, (intmax_t)s->doc.down[i].to);
	for (unsigned k = 0; b.len && k < s->time.line.kinds; k++)
		buf_addf(&b, "%jd ", (intmax_t)s->time.line.capacity[k]);
	hash = b.len ? shapes_hash(&h->shapes, b.s, b.len) : 0;
	buf_free(&b);
	return hash;
}

/* All that it has, from then to then. */
static int impose_down(struct hub *h, uint16_t site, const struct site_down *d, timeline_handle *handle,
		       struct diag *diag)
{
	struct site *s = h->sites.site[site];
	struct place_take k = { .from = d->from, .to = d->to ? d->to : TIMELINE_END,
				.standing = PLACE_FACT, .holder = { .what = HOLD_DOWN } };
	struct timeline_broken broken;
	struct buf why = BUF_INIT;

	for (unsigned i = 0; i < s->time.line.kinds; i++)
		k.amount[i] = (uint64_t)s->time.line.capacity[i];
	if (k.to <= h->now)
		return 0;
	if (place_impose(&s->time, &k, handle, &broken, diag) < 0)
		return -1;
	buf_addf(&why, "%s announces to be down from ", s->name);
	instant_format(d->from, &why);
	if (d->text)
		buf_addf(&why, " (%.60s)", d->text);
	site_time_broke(h, site, &broken, why.s);
	buf_free(&why);
	return 0;
}

static int learn_downs(struct hub *h, uint16_t site, struct diag *d)
{
	struct site *s = h->sites.site[site];
	uint64_t hash = hash_downs(h, s);
	timeline_handle *more;
	int r = 0;

	if (hash == s->outage_hash)
		return 0;
	for (uint32_t i = 0; i < s->outages; i++)
		place_give_back(&s->time, &s->outage[i]);
	s->outages = 0;
	more = realloc(s->outage, (s->doc.downs + 1) * sizeof *more);
	if (!more)
		return diag_nomem(d);
	s->outage = more;
	for (uint32_t i = 0; r == 0 && i < s->doc.downs; i++) {
		s->outage[s->outages++] = 0;
		r = impose_down(h, site, &s->doc.down[i], &s->outage[i], d);
	}
	s->outage_hash = r == 0 ? hash : 0;
	return r;
}

int site_time_learn(struct hub *h, uint16_t site, struct diag *d)
{
	struct site *s = h->sites.site[site];
	bool known = place_known(&s->time);
	struct timeline_broken broken;
	char why[160];

	if (place_learn(&s->time, &s->doc, h->now, &broken, d) < 0)
		return -1;
	snprintf(why, sizeof why, "%s has less than before: %u cores, %ju bytes of memory", s->name, s->doc.cores,
		 (uintmax_t)s->doc.memory);
	site_time_broke(h, site, &broken, why);
	if (learn_downs(h, site, d) < 0)
		return -1;
	reserved_learn(h, site);
	for (int rank = 0; !known && rank < SITE_TIME_RANKS; rank++)
		for (uint32_t j = s->held.head; j != NO_JOB; j = h->jobs.job[j].next)
			if (site_time_rank(&h->jobs.job[j]) == rank)
				site_time_follow(h, j);
	return 0;
}
