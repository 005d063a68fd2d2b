/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * digest - SHA-256 of bytes and files, and a keyed hash for tables.
 *
 * As text a digest is 64 lower case hexadecimal digits, as sha256sum(1) has it.
 */
#ifndef FORMATS_DIGEST_H
#define FORMATS_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#include "diag.h"

struct digest {
	uint8_t b[32];
};

enum { DIGEST_LEN = 64, DIGEST_TEXT = DIGEST_LEN + 1 };

void digest_bytes(const void *bytes, size_t n, struct digest *out);

/* In pieces: init, add any number of times, end once. */
struct digest_state {
	crypto_hash_sha256_state sha;
};
void digest_init(struct digest_state *s);
void digest_add(struct digest_state *s, const void *bytes, size_t n);
void digest_end(struct digest_state *s, struct digest *out);

/* Of a regular file, not through a symlink, and how many bytes that were.
 * size may be NULL.  0, or -1 with *d and errno. */
int digest_file(int dirfd, const char *name, struct digest *out, uint64_t *size,
		struct diag *d);

void digest_format(const struct digest *g, char out[DIGEST_TEXT]);
/* Exactly 64 hexadecimal digits of either case.  0, or -1 with *d (line 0,
 * column in s) and *out as before. */
int digest_parse(const char *s, size_t len, struct digest *out, struct diag *d);
bool digest_eq(const struct digest *a, const struct digest *b);

/* SipHash-2-4 for hash tables: with a seed nobody else knows, nobody can
 * choose keys that collide.  Not for files: it may change. */
uint64_t hash64(const void *bytes, size_t n, uint64_t seed);

#endif
