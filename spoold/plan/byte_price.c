/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "byte_price.h"

#include <math.h>

/* The part of their turnaround that jobs may be made to lose to save bytes. */
static const double patience = 0.05;
/* What a part of the bytes is worth, in as great a part of the run time. */
static const double worth = 0.06;
/* In units: the price stays within these, and begins at that. */
static const double least = 0.1, most = 100, first = 10;
/* It follows in about the time that a job takes, by no more in one round. */
static const double most_step = 0.1, upward = 0.5, downward = -2;
/* What was seen is half forgotten after about twice as many jobs' times. */
static const double memory = 3;

void byte_price_begin(struct byte_price *b, double unit)
{
	b->unit = unit;
	if (!(b->each > 0))
		b->each = first * unit;
}

static double between(double low, double x, double high)
{
	return x < low ? low : x > high ? high : x;
}

static void follow(struct byte_price *b, double step)
{
	double kept = exp(-step / memory), way, loss;

	b->ran = b->ran * kept + b->round.ran;
	b->bytes = b->bytes * kept + b->round.bytes;
	loss = b->round.paid / b->round.took;
	way = (patience - loss) / patience;
	if (b->bytes > 0)
		way = fmin(way, log(worth * b->ran / b->bytes / b->each));
	if (way > 0)
		way *= upward;
	b->each *= exp(step * fmax(way, downward));
	b->each = between(least * b->unit, b->each, most * b->unit);
}

void byte_price_end(struct byte_price *b, double now)
{
	double dt = now - b->adapted;

	if (b->round.placed) {
		b->adapted = now;
		if (b->adapts && b->round.took > 0 && dt > 0)
			follow(b, fmin(dt * b->round.placed / b->round.took, most_step));
	}
	b->round = (struct byte_price_round){ 0 };
}
