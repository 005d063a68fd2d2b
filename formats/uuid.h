/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uuid - identifiers as RFC 9562 defines them; ours are of version 7.
 *
 * Version 7 begins with the time in milliseconds, so that ids sort by age in
 * memory (uuid_cmp), as text, and as names in a directory.
 */
#ifndef FORMATS_UUID_H
#define FORMATS_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"

struct uuid {
	uint8_t b[16];		/* most significant first, as written */
};

enum { UUID_LEN = 36, UUID_TEXT = UUID_LEN + 1 };

/* Exactly 36 characters, 8-4-4-4-12 hexadecimal digits of either case, any
 * version.  0, or -1 with *d (line 0, column in s) and *u as before. */
int uuid_parse(const char *s, size_t len, struct uuid *u, struct diag *d);
/* 36 lower case characters and a NUL. */
void uuid_format(const struct uuid *u, char out[UUID_TEXT]);

/* As memcmp: <0, 0, >0. */
int uuid_cmp(const struct uuid *a, const struct uuid *b);
/* The tail, which is random in those of version 7. */
uint32_t uuid_hash(const struct uuid *u);
bool uuid_is_v7(const struct uuid *u);

/* A version 7 id of these parts; 74 of the 80 random bits are used. */
void uuid_v7_make(uint64_t unix_ms, const uint8_t rand[10], struct uuid *u);
/*
 * A new one, from the clock and getrandom(2).  Each is greater than all that
 * this process made before, also by other threads, also when the clock steps
 * back: then, or when more than some 2,000 are made in a millisecond, its time
 * runs ahead of the clock.  62 bits are random in each, so that processes
 * (also after a fork) need not know of each other.
 */
void uuid_v7_new(struct uuid *u);
/* The time in a version 7 id, in milliseconds since 1970. */
uint64_t uuid_time_ms(const struct uuid *u);

#endif
