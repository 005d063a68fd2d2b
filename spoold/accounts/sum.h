/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sum - the table behind sums.h. */
#ifndef SPOOLD_SUM_H
#define SPOOLD_SUM_H

#include <stdbool.h>
#include <stdint.h>

#include "keyset.h"

enum sum_kind { SUM_USER, SUM_GROUP, SUM_SITE };

struct sum {
	uint8_t  kind;			/* enum sum_kind */
	uint32_t owner;			/* of a user */
	char     name[65];
	uint64_t attempts, completed, failed;
	double   core_s, memory_gib_s, gpu_s, wall_s;
	uint64_t staged, returned;
	double   price;
	double   used;			/* weighted hours, decayed as of accounts.origin */
};

struct sums {
	int month;			/* that the sums are of */
	struct sum *sum;
	uint32_t count, cap;
	uint32_t *slot, slots;		/* 1 + index */
	uint64_t bytes;			/* of the month's file that are in the sums */
	bool stale;			/* more than stands in run/accounts/ */
	struct keyset known;
	int dir;			/* run/accounts/; 0: not opened */
};

#endif
