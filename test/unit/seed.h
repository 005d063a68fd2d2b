/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seed - for tests that take another course each time (chance.h), and tell which.
 *
 *	SEED=N		the seed; by default another one each time
 *	CASES=N		how many cases; by default what the test says
 */
#ifndef TEST_SEED_H
#define TEST_SEED_H

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "chance.h"
#include "tap.h"

static inline uint64_t chance_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static inline uint64_t chance_seed(void)
{
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = chance_env("SEED", ((uint64_t)now.tv_sec << 20 ^ (uint64_t)now.tv_nsec) & 0xffffffff);
	note("SEED=%" PRIu64 " repeats this", seed);
	return seed;
}

#endif
