/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trust - a site that fails jobs of many kinds is set aside.
 *
 * Counted are attempts that a site itself says failed by its fault, since the
 * last one that completed there.  With 4 of them, of 3 kinds (a kind is a shape
 * and an owner), the site gets no more work but, after a while, one job to try
 * it with; each failure doubles the while, from a minute to a day, and a
 * completed attempt ends it, or the command `release`.  A restart forgets it.
 */
#ifndef SPOOLD_TRUST_H
#define SPOOLD_TRUST_H

#include "hub.h"

enum { TRUST_KINDS = 3 };

/* An attempt of this job ended at the site: completed, or by the site's fault. */
void trust_ended(struct hub *h, uint16_t site, uint32_t job, bool completed);
/* It counts as mended.  false: it was not set aside. */
bool trust_release(struct hub *h, uint16_t site);
/* May it have one more job now? */
bool trust_may(const struct hub *h, uint16_t site);

#endif
