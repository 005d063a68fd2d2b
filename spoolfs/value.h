/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * value - words that many jobs share, each kept once: names, users, sites,
 * phases, reasons.
 *
 * A value lives as long as something refers to it (value_get, value_put).
 * Number 0 is no value.  Numbers are used again; `gen` then differs, so that
 * (number, gen) names a value for ever.  A value may be the head of a list of
 * jobs, which the index keeps.
 *
 * Not locked: the index's lock covers it.
 */
#ifndef SPOOLFS_VALUE_H
#define SPOOLFS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wants.h"

struct value {
	char *text;		/* NULL: this number is free */
	uint32_t len, hash;
	uint32_t refs;
	uint32_t next;		/* in its bucket, or of the free ones */
	uint32_t head, count;	/* the jobs that have it, newest first */
	uint16_t gen;
	uint8_t  seen;		/* the kernel may have its directory in the cache; of a shape:
				 * files of a job of it */
	int64_t  changed;	/* nanoseconds since 1970: when a job last came or went */
	/* of a shape: what run/why/SHAPE says of all its pending jobs */
	uint32_t why_len;	/* 0: nothing */
	uint32_t reason;	/* number in index.reasons */
	uint32_t eta;		/* the same, of lines for `status`; 0: nothing is said */
	int64_t  why_mtime;	/* nanoseconds; 0: there is no such file */
	struct wants wants;	/* what its jobs want */
};

struct values {
	struct value *v;
	uint32_t n, cap;	/* v[1] to v[n - 1] were used at some time */
	uint32_t free;
	uint32_t *bucket, buckets;	/* a power of two */
	uint32_t live;
	uint64_t seed;
};

bool values_init(struct values *s);
void values_free(struct values *s);

/* The number of this text with one more reference; 0: out of memory.
 * *fresh (may be NULL) says whether it is new. */
uint32_t value_get(struct values *s, const char *text, size_t len, bool *fresh);
/* One reference less.  True: that was the last, the value has gone. */
bool value_put(struct values *s, uint32_t number);
/* 0: there is no such value. */
uint32_t value_find(const struct values *s, const char *text, size_t len);
/* NULL: not that one, or not any more. */
struct value *value_at(const struct values *s, uint32_t number, uint16_t gen);
/* "" for number 0. */
const char *value_text(const struct values *s, uint32_t number);

#endif
