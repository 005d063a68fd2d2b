/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * account - what was used, out of SPOOL/accounting/YYYY-MM.csv.
 *
 * Summed up by user, group, site and month when somebody asks, reading only
 * what was appended since.  Columns are found by the header's names; one that
 * a file does not have counts as nothing.  A record is keyed by job, attempt
 * and site: the same one counts once, also across the end of a month.  The
 * keys of the last two months are kept, 8 bytes each and some air; if an older
 * month changes, all is read anew.
 */
#ifndef SPOOLFS_ACCOUNT_H
#define SPOOLFS_ACCOUNT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "spool.h"

struct use {
	uint64_t attempts, completed, failed;
	double core_s, gpu_s, memory_s;	/* memory: bytes times seconds */
	double wall_s, cpu_s, price;
	double staged, returned;	/* bytes */
};

/* One for each user, group, site and month in which something was used. */
struct account {
	uid_t owner;
	char *user, *group, *site;	/* owned; "" where it is not known */
	char month[8];			/* YYYY-MM */
	struct use use;
};

struct month;

struct accounts {
	pthread_mutex_t lock;		/* for everything here */
	uint64_t seed;
	struct account *account;
	uint32_t count, cap;
	uint32_t *bucket, buckets;	/* by hash: number + 1 */
	struct month *month;		/* in the order of their names */
	uint32_t months;
};

void accounts_init(struct accounts *a);
void accounts_free(struct accounts *a);
/* Take in what was written since.  Under the lock. */
void accounts_update(struct accounts *a, const struct spool *s);
void use_add(struct use *to, const struct use *u);

#endif
