/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sums - the lines of accounting/, added up.
 *
 * accounting/YYYY-MM.csv is the truth.  From its lines follow the sums of each
 * month by user, group and site, what users and groups used and spent
 * (accounts.h), and which records are known already.
 *
 * run/accounts/YYYY-MM.csv holds the sums of a month, for whoever wants to
 * look, and so that a start need not read the whole month again: its first
 * line says how many bytes of accounting/ it is of.  It is written only when
 * these are on disk, so a crash leaves it behind the truth, never ahead; then
 * the rest is read.  Without it, or when config.yaml weighs use otherwise, all
 * of the month is read.
 *
 * A record's key is job, attempt and site.  The last million keys are
 * remembered, which are more than can be told again after a crash.
 */
#ifndef SPOOLD_SUMS_H
#define SPOOLD_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "keyset.h"
#include "lookup.h"

struct hub;

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
	struct lookup by_key;		/* of kind, owner, name */
	uint64_t bytes;			/* of the month's file that are in the sums */
	bool stale;			/* more than stands in run/accounts/ */
	struct keyset known;
	int dir;			/* run/accounts/; 0: not opened */
};

/* The fields of a line; accounting.c writes them. */
enum {
	CSV_JOB, CSV_ATTEMPT, CSV_SITE, CSV_OWNER, CSV_USER, CSV_NAME, CSV_PHASE, CSV_CAUSE, CSV_CORES,
	CSV_MEMORY, CSV_START, CSV_END, CSV_WALL, CSV_USER_S, CSV_SYSTEM_S, CSV_MAXRSS, CSV_STAGED,
	CSV_GROUP, CSV_GPUS, CSV_RETURNED, CSV_PRICE, CSV_FIELDS,
};

/* Months are numbered: (year - 1900) * 12 + month from 0. */
int sums_month(int64_t time);
void sums_month_name(int month, char name[16]);		/* "2026-11" */

/* All months that lie in accounting/.  -1: *d. */
int sums_open(struct hub *h, struct diag *d);
void sums_free(struct sums *s);
/* A line that was appended to this month's file, without its newline. */
void sums_add(struct hub *h, int month, const char *line, size_t len);
/* Is this record, "JOB,ATTEMPT,SITE,", known? */
bool sums_known(const struct hub *h, const char *key, size_t len);
/* Write what changed to run/accounts/; nothing may be unflushed. */
void sums_write(struct hub *h);

#endif
