/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "hub.h"
#include "offers.h"
#include "reserved.h"
#include "site_time.h"

static const struct hub *sorting;

static int by_start(const void *a, const void *b)
{
	const struct job *x = &sorting->jobs.job[*(const uint32_t *)a], *y = &sorting->jobs.job[*(const uint32_t *)b];

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return uuid_cmp(&x->id, &y->id);
}

/* On the site's own timeline; those inside reservations come with them. */
static int rank_of(const struct job *job)
{
	return job->reserved ? -1 : site_time_rank(job);
}

static void follow(struct hub *h, const uint32_t *order, uint32_t n, int rank)
{
	for (uint32_t i = 0; i < n; i++)
		if (rank_of(&h->jobs.job[order[i]]) == rank)
			site_time_follow(h, order[i]);
}

int site_time_recover(struct hub *h, struct diag *d)
{
	uint32_t *order = malloc((h->jobs.used + 1) * sizeof *order), n = 0;
	int r;

	if (!order)
		return diag_nomem(d);
	for (uint32_t i = 0; i < h->sites.count; i++)
		for (uint32_t j = h->sites.site[i]->held.head; j != NO_JOB; j = h->jobs.job[j].next)
			order[n++] = j;
	sorting = h;
	qsort(order, n, sizeof *order, by_start);
	follow(h, order, n, 0);
	follow(h, order, n, 1);
	offers_hold(h);
	r = reserved_hold_all(h, d);
	follow(h, order, n, 2);
	free(order);
	return r;
}
