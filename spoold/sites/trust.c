/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust.h"

#include "instant.h"

enum { FAULTS = 4 };

/* Remember the kind; how many different ones there are. */
static uint32_t kinds(struct site *s, uint64_t kind)
{
	uint32_t n = 0;

	while (n < TRUST_KINDS && s->fault_kind[n] && s->fault_kind[n] != kind)
		n++;
	if (n < TRUST_KINDS)
		s->fault_kind[n] = kind;
	for (n = 0; n < TRUST_KINDS && s->fault_kind[n]; n++)
		;
	return n;
}

static void forget(struct site *s)
{
	s->aside = 0;
	s->faults = 0;
	for (int i = 0; i < TRUST_KINDS; i++)
		s->fault_kind[i] = 0;
}

bool trust_release(struct hub *h, uint16_t site)
{
	struct site *s = h->sites.site[site];

	if (!s->aside)
		return false;
	hub_log("%s is released, and gets jobs as before", s->name);
	forget(s);
	h->replan = true;
	return true;
}

void trust_ended(struct hub *h, uint16_t site, uint32_t j, bool completed)
{
	struct site *s = h->sites.site[site];
	const struct job *job = &h->jobs.job[j];

	if (completed) {
		if (s->aside)
			hub_log("%s completes jobs again, and gets more", s->name);
		forget(s);
		return;
	}
	s->faults++;
	if (kinds(s, (uint64_t)job->owner << 32 | (job->shape + 1)) < TRUST_KINDS || s->faults < FAULTS)
		return;
	if (!s->aside)
		hub_log("%s fails jobs of many kinds; it is tried with one at a time", s->name);
	s->aside = s->aside ? s->aside * 2 : MINUTE_US;
	if (s->aside > DAY_US)
		s->aside = DAY_US;
	s->try_at = h->now + s->aside;
}

bool trust_may(const struct hub *h, uint16_t site)
{
	const struct site *s = h->sites.site[site];

	return !s->aside || (h->now >= s->try_at && !s->held.count);
}
