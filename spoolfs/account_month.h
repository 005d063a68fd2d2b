/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * account_month - one file of the accounts: where it was read up to, which
 * columns it has, which records it had.
 */
#ifndef SPOOLFS_ACCOUNT_MONTH_H
#define SPOOLFS_ACCOUNT_MONTH_H

#include "account.h"
#include "buf.h"

enum column {
	COLUMN_JOB, COLUMN_ATTEMPT, COLUMN_SITE, COLUMN_OWNER, COLUMN_USER, COLUMN_GROUP, COLUMN_PHASE,
	COLUMN_CORES, COLUMN_MEMORY, COLUMN_GPUS, COLUMN_WALL, COLUMN_USER_S, COLUMN_SYSTEM_S,
	COLUMN_STAGED, COLUMN_RETURNED, COLUMN_PRICE, COLUMNS
};

/* One record, as far as it counts. */
struct entry {
	bool whole;		/* false: the header, or not a record that we know */
	struct buf cells;	/* its values, each with a NUL */
	struct buf key;		/* of job, attempt and site */
	uid_t owner;
	const char *user, *group, *site;	/* in cells */
	struct use use;
};
#define ENTRY_INIT { .cells = BUF_INIT, .key = BUF_INIT }
void entry_free(struct entry *e);

struct month {
	char file[12];		/* "2026-11.csv" */
	char name[8];		/* "2026-11" */
	ino_t inode;
	off_t read;		/* up to here; always the end of a record */
	struct buf header;	/* not empty: it was read */
	int column[COLUMNS];	/* where it stands in a record; -1: nowhere */
	uint64_t *key;		/* a hash table of keys; 0: a free place */
	uint32_t keys, cap;
	bool sealed;		/* the keys were given back */
};

/* Parse the record that begins at `at`.  The start of the next, or NULL: it is
 * not all there. */
const char *month_record(struct month *m, const char *at, const char *end, struct entry *e);
bool month_has(const struct month *m, uint64_t key);
void month_put(struct month *m, uint64_t key);
void month_seal(struct month *m);
void month_free(struct month *m);

#endif
