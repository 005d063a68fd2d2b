/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heap: whatever goes in comes out in order, also when it is made at once. */
#include "heap.h"

#include "chance.h"
#include "tap.h"

enum { MOST = 64 };

struct item { uint32_t key; char more[3]; };	/* of no round size */

static bool before(const void *a, const void *b, const void *of)
{
	const bool *down = of;
	uint32_t x = ((const struct item *)a)->key, y = ((const struct item *)b)->key;

	return *down ? y < x : x < y;
}

static bool emptied_in_order(struct item *item, uint32_t n, bool down)
{
	struct item last = item[0];

	while (n) {
		if (before(&item[0], &last, &down))
			return false;
		last = item[0];
		item[0] = item[--n];
		heap_down(item, sizeof *item, n, 0, before, &down);
	}
	return true;
}

int main(void)
{
	struct chance c = { 1 };
	bool pushed = true, made = true, down = false;

	for (int i = 0; i < 2000; i++, down = !down) {
		struct item a[MOST] = { 0 }, b[MOST] = { 0 };
		uint32_t n = (uint32_t)chance_below(&c, MOST + 1);

		for (uint32_t k = 0; k < n; k++) {
			a[k].key = b[k].key = (uint32_t)chance_below(&c, 40);
			heap_up(a, sizeof *a, k, before, &down);
		}
		heap_make(b, sizeof *b, n, before, &down);
		pushed = pushed && emptied_in_order(a, n, down);
		made = made && emptied_in_order(b, n, down);
	}
	ok(pushed, "what was put in one by one comes out in order");
	ok(made, "what was made a heap at once comes out in order");
	return done();
}
