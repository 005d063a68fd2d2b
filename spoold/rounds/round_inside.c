/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round_inside.h"

#include "accounts.h"
#include "reserved.h"
#include "round_assign.h"
#include "site_time.h"

int round_enter(struct hub *h, uint32_t j, const struct reserved_answer *a, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	bool ahead = a->start > h->now;

	job->site = a->site;
	job->agreed = ahead;
	job->start = a->start;
	job->length = a->length;
	reserved_enter(h, j);
	if (round_assign(h, j, a->site, ahead ? "its reservation lies there, from then on"
					      : "its reservation lies there", d) == 0)
		return 0;
	site_time_leave(h, j);
	job->site = NO_SITE;
	return -1;
}

int round_inside(struct hub *h, uint32_t j, int64_t *wake, struct diag *d)
{
	struct job *job = &h->jobs.job[j];
	enum reserved_verdict v;
	struct reserved_answer a;
	int afford, got = 0;

	v = reserved_look(h, job->shape, job->owner, &a);
	if (v >= RESERVED_AHEAD) {
		afford = accounts_afford(h, accounts_find(h, job->owner), job->shape, a.site, &a.why);
		if (afford < 1)
			v = afford < 0 && !h->config.unplaceable_waits ? RESERVED_NO : RESERVED_WAIT;
	}
	switch (v) {
	case RESERVED_NO:
		got = round_end(h, j, PHASE_FAILED, "NO", a.why.s, d) < 0 ? -1 : 2;
		break;
	case RESERVED_AHEAD:
	case RESERVED_NOW:
		got = round_enter(h, j, &a, d) < 0 ? -1 : 1;
		break;
	case RESERVED_WAIT:
		*wake = a.wake;
		break;
	}
	buf_free(&a.why);
	return got;
}
