/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ranges.h"

#include <string.h>

#include "seed.h"
#include "tap.h"

static const char *text(const struct ranges *r)
{
	static char out[400];
	struct buf b = BUF_INIT;

	buf_adds(&b, "");
	ranges_write(r, &b);
	memcpy(out, b.len ? b.s : "", b.len + 1 < sizeof out ? b.len + 1 : 0);
	buf_free(&b);
	return out;
}

static void by_hand(void)
{
	struct ranges r = { 0 };

	ok(ranges_read(&r, "1-5,9"), "read");
	is_str(text(&r), "1-5,9", "and written");
	ok(ranges_add(&r, 6, 8), "what fills the gap");
	is_str(text(&r), "1-9", "makes one of two");
	ok(ranges_remove(&r, 4), "what is taken from the middle");
	is_str(text(&r), "1-3,5-9", "makes two of one");
	is_int(ranges_first(&r), 1, "the least");
	is_int((long long)r.numbers, 8, "how many");
	ok(!ranges_has(&r, 4) && ranges_has(&r, 3) && !ranges_has(&r, 10), "what is in it");
	ok(ranges_add(&r, 0, UINT32_MAX) && r.count == 1 && ranges_has(&r, UINT32_MAX), "all there are");
	ranges_clear(&r);
	is_str(text(&r), "", "and none");
	ok(!ranges_read(&r, "a") && !ranges_read(&r, "3-1") && !ranges_read(&r, "1,") && !ranges_read(&r, "1 ") &&
	   !ranges_read(&r, "99999999999"), "what is no such text is refused");
	ranges_free(&r);
}

/* Against a table of booleans. */
static bool course(struct chance *c)
{
	struct ranges r = { 0 }, back = { 0 };
	bool in[64] = { false }, good = true;
	uint32_t count = 0;

	for (int step = 0; step < 60 && good; step++) {
		uint32_t a = (uint32_t)chance_below(c, 64), b = a + (uint32_t)chance_below(c, 64 - a);

		if (chance_below(c, 2)) {
			good = ranges_add(&r, a, b);
			memset(in + a, 1, b - a + 1);
		} else {
			good = ranges_remove(&r, a);
			in[a] = false;
		}
	}
	for (uint32_t i = 0; i < 64; i++) {
		good &= ranges_has(&r, i) == in[i];
		count += in[i];
	}
	for (uint32_t i = 1; i < r.count; i++)
		good &= r.range[i].from > r.range[i - 1].to + 1;
	good &= ranges_read(&back, text(&r)) && back.numbers == r.numbers && r.numbers == count;
	ranges_free(&r);
	ranges_free(&back);
	return good;
}

int main(void)
{
	uint64_t seed = chance_seed(), cases = chance_env("CASES", 20000), good = 0;

	by_hand();
	for (uint64_t i = 0; i < cases; i++) {
		struct chance c = { seed + i };

		good += course(&c);
	}
	ok(good == cases, "like a table of booleans, in %llu courses", (unsigned long long)cases);
	return done();
}
