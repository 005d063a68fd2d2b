/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which part of the cache is read again, and when. */
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "instant.h"
#include "scrub.h"
#include "tap.h"

enum { ENTRIES = 300 };

/* Two periods with datasets of all sizes, that came when they liked. */
struct run { int64_t longest; double most, total, largest; uint32_t reads; };

static struct run live(int64_t period, bool at_once)
{
	struct scrub_item item[ENTRIES];
	int64_t checked[ENTRIES], every = scrub_interval(period), now = 4 * period, last = now - every;
	struct run r = { 0 };

	for (uint32_t i = 0; i < ENTRIES; i++) {
		uint64_t bytes = 1 + chance(1000) * (chance(20) ? 1 : 1000);

		checked[i] = now - (at_once ? 0 : (int64_t)chance((uint64_t)period));
		item[i] = (struct scrub_item){ bytes, 0, i };
		r.total += (double)bytes;
		r.largest = (double)bytes > r.largest ? (double)bytes : r.largest;
	}
	for (int64_t end = now + 4 * period; now < end; last = now, now += every) {
		double bytes = 0;
		uint32_t n;

		for (uint32_t i = 0; i < ENTRIES; i++)
			item[i].checked = checked[item[i].entry];
		n = scrub_choose(item, ENTRIES, now, last, period);
		for (uint32_t i = 0; i < n; i++) {
			int64_t gap = now - item[i].checked;

			r.longest = gap > r.longest ? gap : r.longest;
			bytes += (double)item[i].bytes;
			checked[item[i].entry] = now;
		}
		r.reads += n;
		r.most = bytes > r.most ? bytes : r.most;
	}
	for (uint32_t i = 0; i < ENTRIES; i++)
		r.longest = now - checked[i] > r.longest ? now - checked[i] : r.longest;
	return r;
}

static void periods(int64_t period, bool at_once, const char *name)
{
	int64_t every = scrub_interval(period);
	int late = 0, greedy = 0, often = 0;

	for (int i = 0; i < 50; i++) {
		struct run r = live(period, at_once);

		late += r.longest > period + 2 * every;
		greedy += r.most > r.total * (double)every / ((double)period / 4) + r.largest;
		often += r.reads > ENTRIES * 6;
	}
	is_int(late, 0, "%s: everything is read within its period", name);
	is_int(greedy, 0, "%s: no slice is larger than it has to be", name);
	is_int(often, 0, "%s: nothing is read oftener", name);
}

int main(void)
{
	struct scrub_item one = { 5, 0, 0 };

	periods(30 * DAY_US, false, "30 days");
	periods(30 * DAY_US, true, "30 days, all at once");
	periods(DAY_US, false, "a day");
	ok(scrub_interval(30 * DAY_US) == HOUR_US && scrub_interval(MINUTE_US) < 2 * SECOND_US,
	   "an hour between two slices, or less");
	is_int(scrub_choose(&one, 0, DAY_US, 0, DAY_US), 0, "nothing in the cache");
	one.checked = 10 * DAY_US;
	is_int(scrub_choose(&one, 1, DAY_US, 0, 30 * DAY_US), 1, "a clock that was set back");
	return done();
}
