/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hex.h"
#include "io.h"
#include "scan.h"

enum { PIECE = 1 << 18 };	/* fits the cache; larger reads measured no faster */

void digest_init(struct digest_state *s)
{
	crypto_hash_sha256_init(&s->sha);
}

void digest_add(struct digest_state *s, const void *bytes, size_t n)
{
	if (n)
		crypto_hash_sha256_update(&s->sha, bytes, n);
}

void digest_end(struct digest_state *s, struct digest *out)
{
	crypto_hash_sha256_final(&s->sha, out->b);
}

void digest_bytes(const void *bytes, size_t n, struct digest *out)
{
	struct digest_state s;

	digest_init(&s);
	digest_add(&s, bytes, n);
	digest_end(&s, out);
}

static int digest_fd(int fd, const char *name, char *piece, struct digest *out, uint64_t *size,
		     struct diag *d)
{
	struct digest_state s;
	uint64_t total = 0;
	ssize_t got;

	digest_init(&s);
	while ((got = read(fd, piece, PIECE)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return diag_errno(d, "cannot read %s", name);
		digest_add(&s, piece, (size_t)got);
		total += (uint64_t)got;
	}
	digest_end(&s, out);
	if (size)
		*size = total;
	return 0;
}

int digest_file(int dirfd, const char *name, struct digest *out, uint64_t *size, struct diag *d)
{
	int fd = io_open_read(dirfd, name, d);
	char *piece;
	int rc, err;

	if (fd < 0)
		return -1;
	/* The kernel reads ahead twice as far, while this end computes. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	piece = malloc(PIECE);
	rc = piece ? digest_fd(fd, name, piece, out, size, d) : diag_nomem(d);
	err = errno;
	free(piece);
	close(fd);
	errno = err;
	return rc;
}

void digest_format(const struct digest *g, char out[DIGEST_TEXT])
{
	for (size_t i = 0; i < sizeof g->b; i++)
		out = hex_put(out, g->b[i]);
	*out = '\0';
}

int digest_parse(const char *s, size_t len, struct digest *out, struct diag *d)
{
	struct scan sc = { .s = s, .len = len, .end = len, .what = "a SHA-256 digest", .d = d };
	struct digest v;

	memset(&v, 0, sizeof v);
	for (; sc.at < DIGEST_LEN; sc.at++) {
		int digit = scan_at_end(&sc) ? -1 : hex_value(s[sc.at]);

		if (digit < 0)
			return scan_fail_here(&sc, "64 hexadecimal digits");
		v.b[sc.at / 2] = (uint8_t)(v.b[sc.at / 2] << 4 | digit);
	}
	if (!scan_at_end(&sc))
		return scan_fail_here(&sc, "the end after 64 hexadecimal digits");
	*out = v;
	return 0;
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return !memcmp(a->b, b->b, sizeof a->b);
}

uint64_t hash64(const void *bytes, size_t n, uint64_t seed)
{
	unsigned char key[crypto_shorthash_KEYBYTES] = { 0 };
	uint64_t h;

	memcpy(key, &seed, sizeof seed);
	crypto_shorthash((unsigned char *)&h, bytes, n, key);
	return h;
}
