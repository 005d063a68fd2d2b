/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one user may have reserved at a time: config.yaml, `reservations`. */
#include <errno.h>
#include <inttypes.h>

#include "hub.h"
#include "instant.h"
#include "refusal.h"
#include "reserved_part.h"

/* Core-seconds that it holds from now on. */
static uint64_t holds(const struct shape *want, const struct slots *s, int64_t now)
{
	int64_t count = slots_count(s), from, to, seconds = 0;

	for (int64_t n = slots_after(s, now); n < count; n++) {
		slots_nth(s, n, &from, &to);
		seconds += (to - (from > now ? from : now)) / SECOND_US;
	}
	return (uint64_t)seconds * want->demand.cores;
}

int reserved_limit(const struct hub *h, uint32_t owner, const struct shape *want, const struct slots *s,
		   uint32_t but, struct diag *d)
{
	uint64_t more = holds(want, s, h->now), all = more;
	uint32_t most = h->config.reservations_most, hours = h->config.reservations_core_hours, count = 1;

	for (uint32_t i = 0; i < h->reservations.count; i++) {
		const struct reserved *r = &h->reservations.item[i];

		if (!r->live || r->owner != owner || i == but)
			continue;
		count++;
		all += holds(&r->want, &r->slots, h->now);
	}
	if (but == NO_RESERVED && count > most)
		return refuse(d, EDQUOT, "NO: you would have %" PRIu32 " reservations; at most %" PRIu32 " may be active",
			      count, most);
	if (hours != UINT32_MAX && all > (uint64_t)hours * 3600)
		return refuse(d, EDQUOT, "NO: your reservations would hold %" PRIu64 " core-hours from now on, this one %"
			      PRIu64 "; at most %" PRIu32 " may be held", (all + 3599) / 3600, (more + 3599) / 3600, hours);
	return 0;
}
