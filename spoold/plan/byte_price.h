/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * byte_price - how many seconds it is worth to save a byte.
 *
 * Pure.  Who wants T seconds for a job and B bytes moved for it both small, in
 * proportion, takes the price at which one part in a hundred of the bytes is as
 * dear as W parts in a hundred of the time: W * T / B.  So it follows what is
 * seen: high where what is fetched is used again and again, low where every job
 * brings its own.  T is the time that jobs run, not that they wait: waiting is
 * what the price does to them, and must not raise it.
 *
 * That price is approached from below while jobs lose less than a certain part
 * of their turnaround by it; when they lose more, it falls.  It rises slower
 * than it falls: a price too low costs bytes, one too high leaves cores idle
 * while jobs wait for those that have the data.
 */
#ifndef PLAN_BYTE_PRICE_H
#define PLAN_BYTE_PRICE_H

#include <stdbool.h>
#include <stdint.h>

struct byte_price {
	double each;			/* seconds for a byte */
	bool adapts;			/* it follows; else it is as the caller says */
	double unit;			/* seconds that a byte takes over a line of middling rate */
	double adapted;			/* when it last did */
	double ran, bytes;		/* of those that went lately: seconds, and bytes moved */
	struct byte_price_round {
		uint32_t placed;
		double paid, took;	/* seconds: lost by the price; and in all */
		double ran, bytes;	/* of those that went */
	} round;
};

/* unit > 0.  A price that was not set or seen begins in the middle. */
void byte_price_begin(struct byte_price *b, double unit);
/* At the end of a round at `now`: follow what was seen in it, and forget it. */
void byte_price_end(struct byte_price *b, double now);

#endif
