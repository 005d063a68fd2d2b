/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trust - a site that fails jobs of many kinds is set aside.
 *
 * Counted are attempts that a site itself says failed by its fault, since the
 * last one that completed there.  With 4 of them, of 3 kinds (a kind is a shape
 * and an owner), the site gets no more work but, after a while, one job to try
 * it with; each failure of such a one doubles the while, up to a day, and a
 * completed attempt ends it, or the command `release`.
 *
 * run/trust/SITE.yaml tells a start the same.  It is written before the job's
 * own file says that the attempt has ended, and names the attempts: one that is
 * reported again after a kill counts once.
 */
#ifndef SPOOLD_TRUST_H
#define SPOOLD_TRUST_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "uuid.h"

struct hub;

enum { TRUST_FAULTS = 4 };

struct trust {
	int64_t aside;			/* it is tried with one job at such intervals; 0: it is trusted */
	int64_t try_at;			/* an instant: not before */
	struct fault { struct uuid job; uint32_t attempt; uint64_t kind; } fault[TRUST_FAULTS];
	uint32_t faults;
};

/* At start, when the sites are known. */
int trust_recover(struct hub *h, struct diag *d);
/* An attempt of this job ended at the site: completed, or by the site's fault. */
void trust_ended(struct hub *h, uint16_t site, uint32_t job, bool completed);
/* It counts as mended.  false: it was not set aside. */
bool trust_release(struct hub *h, uint16_t site);
/* May it have one more job now? */
bool trust_may(const struct hub *h, uint16_t site);

#endif
