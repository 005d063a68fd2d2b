/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char buf_empty[1];

bool buf_reserve(struct buf *b, size_t more)
{
	size_t want, cap;
	char *s;

	if (b->failed)
		return false;
	if (more >= (size_t)-1 / 4 - b->len) {
		b->failed = true;
		return false;
	}
	want = b->len + more + 1;
	if (want <= b->cap)
		return true;
	cap = b->cap ? b->cap : 64;
	while (cap < want)
		cap += cap / 2 + 64;
	s = realloc(b->cap ? b->s : NULL, cap);
	if (!s) {
		b->failed = true;
		return false;
	}
	if (!b->cap)
		s[0] = '\0';
	b->s = s;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (!n || !buf_reserve(b, n))
		return;
	memcpy(b->s + b->len, bytes, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !buf_reserve(b, (size_t)n)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->cap)
		b->s[0] = '\0';
}

void buf_free(struct buf *b)
{
	if (b->cap)
		free(b->s);
	*b = (struct buf)BUF_INIT;
}

char *buf_detach(struct buf *b)
{
	char *s = NULL;

	if (!b->failed && buf_reserve(b, 0)) {
		s = b->s;
		*b = (struct buf)BUF_INIT;
		return s;
	}
	buf_free(b);
	return NULL;
}
