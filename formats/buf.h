/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buf - the one growable byte buffer, for all dynamic text.
 *
 * Invariant: s is always a valid, NUL-terminated string of len bytes (the
 * bytes may hold NULs of their own).  Failure to grow is sticky: `failed` is
 * set, later additions do nothing, and the caller asks once at the end.
 *
 *	struct buf b = BUF_INIT;
 *	buf_addf(&b, "%s: %d\n", key, value);
 *	if (b.failed) ...
 *	buf_free(&b);
 */
#ifndef FORMATS_BUF_H
#define FORMATS_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char  *s;
	size_t len;
	size_t cap;		/* bytes owned at s; 0: s is a static "" */
	bool   failed;
};

extern char buf_empty[1];
#define BUF_INIT { buf_empty, 0, 0, false }

/* Make room for `more` further bytes and a NUL.  False: failed is set. */
bool buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
/* The number in decimal: a tenth of what buf_addf("%llu") costs. */
void buf_addu(struct buf *b, unsigned long long v);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Forget the contents (and a failure), keep the memory. */
void buf_reset(struct buf *b);
/* Give the memory back; the buffer is BUF_INIT again. */
void buf_free(struct buf *b);
/* Hand the string to the caller, who frees it; NULL when it had failed. */
char *buf_detach(struct buf *b);

#endif
