/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round_candidates.h"

#include <string.h>

#include "accounts.h"
#include "plan/candidate.h"
#include "shapes.h"
#include "site_table.h"
#include "site_time.h"
#include "trust.h"

/* Has it credit, and may the job start in its time?  Where something is held
 * that the site knows nothing of, it has to be now. */
static bool wants_now(struct hub *h, uint32_t shape, uint16_t site)
{
	struct shape_row *row = &h->shapes.row[shape];
	int64_t start;

	if (!site_table_wants(h, site, &row->shape.demand) || !site_time_start(h, shape, site, &start))
		return false;
	if (start <= h->now || !site_time_hidden(h->sites.site[site]))
		return true;
	shapes_wake(row, start);
	return false;
}

int round_candidates(struct hub *h, uint32_t j, struct candidate *c)
{
	const struct job *job = &h->jobs.job[j];
	uint32_t user = accounts_find(h, job->owner);
	int worst = 1;

	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *s = h->sites.site[i];
		const struct match *m = s->known ? shapes_match(h, job->shape, i) : NULL;
		int afford;

		memset(&c[i], 0, sizeof c[i]);
		if (!m || !m->may)
			continue;
		afford = accounts_afford(h, user, job->shape, (uint16_t)i, NULL);
		worst = afford < worst ? afford : worst;
		if (afford < 0 || !site_table_alive(h, (uint16_t)i))
			continue;
		c[i].match = *m;
		c[i].match.avoided |= i == job->shunned;
		c[i].later = afford > 0 && trust_may(h, (uint16_t)i);
		c[i].wants = afford > 0 && wants_now(h, job->shape, (uint16_t)i);
		c[i].fill = (double)s->held_cores / (s->doc.cores ? s->doc.cores : 1);
	}
	return worst;
}

bool round_too_dear(struct hub *h, uint32_t j, struct buf *why)
{
	const struct job *job = &h->jobs.job[j];
	uint32_t user = accounts_find(h, job->owner);

	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct site *s = h->sites.site[i];
		const struct match *m = s->known ? shapes_match(h, job->shape, i) : NULL;
		struct buf one = BUF_INIT;

		if (!m || (!m->may && !m->later))
			continue;
		if (m->later || accounts_afford(h, user, job->shape, (uint16_t)i, &one) >= 0) {
			buf_free(&one);
			return false;
		}
		buf_addf(why, "%s%s: %s", why->len ? "; " : "", s->name, one.s);
		buf_free(&one);
	}
	return why->len;
}
