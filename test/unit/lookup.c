/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lookup: against a plain list, with few hashes so that many items share them. */
#include "lookup.h"

#include "seed.h"
#include "tap.h"

enum { MOST = 300 };

static uint32_t hash_of[MOST];
static bool there[MOST];

static bool found(const struct lookup *l, uint32_t item)
{
	uint32_t i, at = 0, times = 0;

	while ((i = lookup_next(l, hash_of[item], &at)) != NO_ITEM) {
		if (hash_of[i] != hash_of[item] || !there[i])
			return false;
		times += i == item;
	}
	return times == there[item];
}

static bool all_found(const struct lookup *l)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < MOST; i++) {
		count += there[i];
		if (!found(l, i))
			return false;
	}
	return l->count == count;
}

int main(void)
{
	struct chance c = { chance_seed() };
	struct lookup l = { 0 };
	bool same = true;
	uint32_t at = 0;

	ok(lookup_next(&l, 1, &at) == NO_ITEM, "an empty one has nothing");
	for (uint32_t step = 0; step < 20000 && same; step++) {
		uint32_t i = (uint32_t)chance_below(&c, step < 10000 ? MOST : MOST / 10);

		if (there[i]) {
			lookup_remove(&l, hash_of[i], i);
		} else {
			if (!lookup_reserve(&l))
				bail("no memory");
			hash_of[i] = (uint32_t)chance_below(&c, 40) * (chance_below(&c, 2) ? 1 : 0x10001);
			lookup_add(&l, hash_of[i], i);
		}
		there[i] = !there[i];
		same = step % 16 || all_found(&l);
	}
	ok(same, "what was added and not removed is found, once, and nothing else");
	lookup_clear(&l);
	ok(!l.count && lookup_next(&l, hash_of[0], &at) == NO_ITEM, "cleared it has nothing");
	lookup_free(&l);
	return done();
}
