/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ledger - what this site has taken today, and what it refused.
 *
 *	STATE/ledger
 *		past DAY JOBS CORES MEMORY WALLTIME REFUSED	of the last days
 *		day DAY BOOT
 *		took KEY CORES MEMORY WALLTIME
 *		refused KEY WORDS
 *
 * Each attempt is entered once.  Where there are limits its line is written before
 * the attempt's own file, and flushed with it before either is acknowledged; after
 * a power cut, which may have taken the one and left the other, whatever is held
 * is entered.  So what is counted never falls short of what was taken.
 */
#ifndef AGENT_LEDGER_H
#define AGENT_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "policy.h"

struct ledger {
	int64_t day, next;		/* the midnights around now; instants */
	struct policy_day taken;	/* today */
	uint32_t refused;
	uint64_t *seen;			/* hashes of the keys of today */
	uint32_t slots, count;
	struct buf pending;		/* lines that are not written yet */
	struct buf past;
	bool anew;			/* the file has to be written anew */
	bool rebooted;			/* since it was written; caller: enter what is held */
};

struct ledger_entry { const char *key; uint32_t cores; uint64_t memory; int64_t walltime; };

/* dir: STATE. */
int ledger_open(struct ledger *l, int dir, int64_t now, struct diag *d);
void ledger_close(struct ledger *l);

/* May it be taken?  If not, words are put into why. */
bool ledger_allows(struct ledger *l, const struct policy_day *limit, const struct ledger_entry *e,
		   int64_t now, char *why, size_t size);
/* It is taken; a second time changes nothing. */
void ledger_take(struct ledger *l, const struct ledger_entry *e, int64_t now);
void ledger_refuse(struct ledger *l, const char *key, const char *why, int64_t now);
/* Before the flush. */
int ledger_write(struct ledger *l, int dir, struct diag *d);

/* What is left of the limits. */
void ledger_left(const struct ledger *l, const struct policy_day *limit, struct policy_day *left);

#endif
