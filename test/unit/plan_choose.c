/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "choose.h"

#include <math.h>

#include "tap.h"

/* missing bytes at 10 bytes a second: so many seconds of staging */
static struct candidate site(double seconds, bool wants, double fill)
{
	return (struct candidate){ .match = { .may = true, .preferred = true, .missing = (uint64_t)(seconds * 10) },
				   .wants = wants, .fill = fill };
}

static struct choice choose(const struct candidate *c, int n, double waited)
{
	return choose_site(c, n, 10, waited);
}

static void costs(void)
{
	struct candidate c = site(100, true, 0);

	ok(choose_cost(&c, 10) == 100, "what has to be fetched costs its time");
	ok(choose_cost(&c, 0) == 0, "of which nothing is known without a bandwidth");
	c.match.preferred = false;
	ok(choose_cost(&c, 10) > 100, "a tag that is missing costs something");
	c.match.avoided = true;
	ok(choose_cost(&c, 10) > 3600, "one that is to be avoided costs much");
	c.match.missing = UINT64_MAX;
	ok(isfinite(choose_cost(&c, 1)), "however much it is");
}

static void chooses(void)
{
	struct candidate c[4] = { [0].wants = false };
	struct choice r;

	r = choose(c, 0, 0);
	ok(r.site == -1 && r.cheapest == -1 && r.wait < 0, "no site, no choice");

	c[0] = site(100, true, 0), c[1] = site(10, true, 0.9), c[2] = site(50, true, 0);
	is_int(choose(c, 3, 0).site, 1, "the cheapest gets it, however full");
	c[1].match.may = false;
	is_int(choose(c, 3, 0).site, 2, "of those that may");
	c[0].match.may = c[2].match.may = false;
	r = choose(c, 3, 1e9);
	ok(r.site == -1 && r.cheapest == -1 && r.wait < 0, "if none may, waiting does not help");

	c[0] = site(10, true, 0.5), c[1] = site(10, true, 0.2), c[2] = site(10, true, 0.2);
	is_int(choose(c, 3, 0).site, 1, "of equals the emptiest, of these the first");

	/* The ski rental. */
	c[0] = site(100, true, 0), c[1] = site(10, false, 1);
	r = choose(c, 2, 0);
	is_int(r.site, -1, "the cheapest is full: it is waited for");
	is_int(r.cheapest, 1, "and said for which");
	ok(r.wait == 90, "as long as the other would cost more");
	r = choose(c, 2, 60);
	ok(r.site == -1 && r.wait == 30, "which gets less");
	is_int(choose(c, 2, 90).site, 0, "then the dearer one is taken");
	c[0].wants = false;
	r = choose(c, 2, 1e6);
	ok(r.site == -1 && r.cheapest == 1 && r.wait < 0, "if nobody wants it only a change helps");
	c[1].wants = true;
	is_int(choose(c, 2, 1e6).site, 1, "and then the cheapest gets it");

	c[0] = site(0, true, 0), c[1] = site(0, true, 0);
	c[0].match.avoided = true;
	is_int(choose(c, 2, 0).site, 1, "what is to be avoided is avoided");
	c[1].match.may = false;
	is_int(choose(c, 2, 0).site, 0, "but better than nothing");
	c[1] = site(0, true, 0);
	c[0].match.avoided = false;
	c[0].match.preferred = false;
	is_int(choose(c, 2, 0).site, 1, "what is preferred is preferred");
	c[1] = site(1000, true, 0);
	is_int(choose(c, 2, 0).site, 0, "not at any price");
}

/* Whoever waits as long as he is told to never pays more than twice the least. */
static void never_twice_as_bad(void)
{
	bool good = true;

	for (int near = 1; near < 40; near++)
		for (int far = near; far < 200; far += 7)
			for (int until = 0; until < 300; until += 13) {
				struct candidate c[] = { site(far, true, 0), site(near, false, 1) };
				double waited = 0, best = until + near < far ? until + near : far;
				struct choice r = choose(c, 2, 0);

				if (r.site < 0 && r.wait < until)
					waited = r.wait;
				else if (r.site < 0)
					waited = until, c[1].wants = true;
				r = choose(c, 2, waited);
				if (r.site < 0 || waited + choose_cost(&c[r.site], 10) > 2 * best + 1e-9)
					good = false;
			}
	ok(good, "waiting is at most twice as bad as to know the future");
}

int main(void)
{
	costs();
	chooses();
	never_twice_as_bad();
	return done();
}
