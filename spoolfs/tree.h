/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree - the names of the view and the inode numbers that stand for them.
 *
 * A number says by itself what it is, so nothing has to be allocated when the
 * kernel looks something up and nothing to be freed when it forgets:
 *
 *	bits 0-5    kind: which file or directory of the layout
 *	bits 6-35   index: of the job, the value, the site or the name
 *	bits 36-47  gen: index is used again; a stale number is told by it
 *	bits 48-63  turn: of a job.  After rmdir(2) the kernel holds the old inode
 *	            for dead, so the directory comes back under another number.
 *	            Of status and why: the edition.  What is in them is replaced
 *	            as a whole, so each text is an inode of its own, that never
 *	            changes: whoever reads one reads it to its end
 *
 * Only the free names below inbox/, rejected/, results/ and cache/, and jobs/ID.N, are
 * kept in a table (names.h).
 */
#ifndef SPOOLFS_TREE_H
#define SPOOLFS_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Which list of values a directory is of.  Shapes have lists, and no directories. */
enum by { BY_NAME, BY_PHASE, BY_USER, BY_SITE, BYS, BY_SHAPE = BYS, LISTS };

enum tree_kind {
	TREE_ROOT = 1,		/* FUSE_ROOT_ID: with everything else 0 */
	TREE_README, TREE_QUEUE, TREE_METRICS, TREE_EVENTS, TREE_INDEX,
	TREE_INBOX, TREE_REJECTED, TREE_SITES, TREE_JOBS,
	/* rooms, see room.h */
	TREE_ACCOUNTING, TREE_WHATIF, TREE_BY_DATASET, TREE_BY_RESERVATION, TREE_DATASETS,
	TREE_RESERVATIONS,
	TREE_BY,		/* by-name ... by-site: TREE_BY + enum by */
	TREE_VALUE = TREE_BY + BYS,	/* by-name/NAME ...: TREE_VALUE + enum by */
	TREE_JOB = TREE_VALUE + BYS,	/* jobs/ID */
	TREE_REQUEST, TREE_STATUS, TREE_LOG, TREE_WHY, TREE_STDOUT, TREE_STDERR, TREE_RESULTS,
	TREE_WAIT,
	TREE_OFFERS, TREE_ACCEPTED, TREE_ACCEPT,
	TREE_LINK,		/* by-X/VALUE/ID: one inode in up to four directories */
	TREE_SITE,		/* sites/SITE */
	TREE_SITE_YAML, TREE_SITE_LOAD, TREE_SITE_LATENCY, TREE_SITE_CACHE, TREE_SITE_WHY,
	TREE_SITE_TIMELINE, TREE_SITE_QUEUE,
	TREE_NAME,		/* see names.h */
	TREE_KINDS
};

enum { TREE_MOST = 1 << 30, TREE_GEN_MASK = 0xfff };

static inline uint64_t tree_ino(int kind, uint32_t index, uint16_t gen, uint16_t turn)
{
	return (uint64_t)kind | (uint64_t)index << 6 | (uint64_t)(gen & TREE_GEN_MASK) << 36 |
	       (uint64_t)turn << 48;
}
static inline int tree_kind(uint64_t ino) { return (int)(ino & 0x3f); }
static inline uint32_t tree_index(uint64_t ino) { return (uint32_t)(ino >> 6) & (TREE_MOST - 1); }
static inline uint16_t tree_gen(uint64_t ino) { return (uint16_t)(ino >> 36) & TREE_GEN_MASK; }
static inline uint16_t tree_turn(uint64_t ino) { return (uint16_t)(ino >> 48); }
/* The gen that follows; never 0. */
static inline uint16_t tree_next_gen(uint16_t gen)
{
	return gen == TREE_GEN_MASK ? 1 : (uint16_t)(gen + 1);
}
/* Another kind with the same index: from a directory to what is in it. */
static inline uint64_t tree_sibling(uint64_t ino, int kind)
{
	return (ino & ~0x3full) | (uint64_t)kind;
}

static inline bool tree_has_editions(int kind) { return kind == TREE_STATUS || kind == TREE_WHY; }
static inline bool tree_is_by(int kind) { return kind >= TREE_BY && kind < TREE_BY + BYS; }
static inline bool tree_is_value(int kind) { return kind >= TREE_VALUE && kind < TREE_VALUE + BYS; }
/* jobs/ID and all in it, and the link to it. */
static inline bool tree_is_job(int kind) { return kind >= TREE_JOB && kind <= TREE_LINK; }
static inline bool tree_is_site(int kind) { return kind >= TREE_SITE && kind <= TREE_SITE_QUEUE; }

/* The fixed names of a directory of the layout. */
struct tree_name {
	const char *name;
	int kind;
	mode_t mode;		/* type and permissions */
};
/* The list of what TREE_ROOT, TREE_JOB or TREE_SITE holds, ended by a NULL name;
 * an empty one for any other kind. */
const struct tree_name *tree_names(int kind);
/* The type and permissions of a kind; of TREE_NAME: 0. */
mode_t tree_mode(int kind);

#endif
