/* SPDX-License-Identifier: GPL-2.0-or-later */
/* byte_price: it follows what jobs run and move, and what they lose by it. */
#include <math.h>

#include "byte_price.h"
#include "tap.h"

enum { ROUNDS = 3000 };

/* Rounds with ten jobs that run 100 s, move so many bytes each, lose that part
 * of their turnaround, and wait for so long. */
static double after(double bytes, double lost, double waited, double first)
{
	struct byte_price b = { .each = first, .adapts = true };
	double now = 0;

	for (int i = 0; i < ROUNDS; i++) {
		byte_price_begin(&b, 1e-6);
		b.round = (struct byte_price_round){ .placed = 10, .paid = 10 * (100 + waited) * lost,
			.took = 10 * (100 + waited), .ran = 1000, .bytes = 10 * bytes };
		byte_price_end(&b, now += 10);
	}
	return b.each / 1e-6;
}

int main(void)
{
	double little = after(1e6, 0, 0, 0), much = after(4e6, 0, 0, 0);
	struct byte_price b = { .each = 3e-6 };

	ok(fabs(little / much - 4) < 0.01, "four times the bytes for the same time: a quarter of the price");
	ok(fabs(after(1e6, 0, 0, 90e-6) / little - 1) < 0.01, "wherever it began");
	ok(fabs(after(1e6, 0, 900, 0) / little - 1) < 0.01, "waiting does not raise it");
	ok(after(1e6, 0.2, 0, 0) < little / 10, "it falls while jobs lose much by it");
	ok(fabs(after(0, 0, 0, 0) - 100) < 1e-6, "nothing moved: it rises as far as it may");
	ok(fabs(after(1e12, 0, 0, 0) - 0.1) < 1e-6, "and never falls to nothing");
	byte_price_begin(&b, 1e-6);
	b.round.placed = 1;
	b.round.took = 100;
	byte_price_end(&b, 50);
	ok(b.each == 3e-6, "a fixed one stays");
	return done();
}
