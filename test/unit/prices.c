/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prices: what they are, in words and back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "prices.h"
#include "tap.h"

static void written(double value, const char *want)
{
	struct buf b = BUF_INIT;

	number_write(&b, value);
	is_str(b.s, want, "%s", want);
	buf_free(&b);
}

/* Numbers of all sizes come back the same. */
static void there_and_back(void)
{
	size_t wrong = 0;

	srand(1);
	for (int i = 0; i < 20000; i++) {
		double value = (double)rand() / (1 + rand() % 1000) * pow(10, rand() % 40 - 20);
		struct buf b = BUF_INIT;

		number_write(&b, value);
		wrong += strtod(b.s, NULL) != value || (value >= 1e-4 && value < 1e15 && strchr(b.s, 'e'));
		buf_free(&b);
	}
	is_int(wrong, 0, "numbers are read back as they were written");
}

int main(void)
{
	written(0, "0");
	written(0.02, "0.02");
	written(7, "7");
	written(100, "100");
	written(1200000, "1200000");
	written(123456.75, "123456.75");
	written(-1, "0");
	written((double)INFINITY, "0");
	there_and_back();
	return done();
}
