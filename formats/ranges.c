/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ranges.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bisect.h"
#include "grow.h"

/* The first range that does not end before the number. */
static uint32_t find(const struct ranges *r, uint32_t number)
{
	uint32_t lo = 0, hi = r->count;

	BISECT(lo, hi, r->range[mid].to < number);
	return lo;
}

static bool insert(struct ranges *r, uint32_t at, uint32_t from, uint32_t to)
{
	if (!grow(&r->range, r->count, &r->cap, sizeof *r->range))
		return false;
	memmove(r->range + at + 1, r->range + at, (r->count - at) * sizeof *r->range);
	r->range[at] = (struct range){ from, to };
	r->count++;
	return true;
}

static void erase(struct ranges *r, uint32_t at, uint32_t n)
{
	memmove(r->range + at, r->range + at + n, (r->count - at - n) * sizeof *r->range);
	r->count -= n;
}

static uint64_t length(const struct range *r)
{
	return (uint64_t)r->to - r->from + 1;
}

/* What touches or overlaps becomes one. */
bool ranges_add(struct ranges *r, uint32_t from, uint32_t to)
{
	uint32_t at = find(r, from ? from - 1 : 0), n = 0;

	for (; at + n < r->count && (to == UINT32_MAX || r->range[at + n].from <= to + 1); n++) {
		const struct range *old = &r->range[at + n];

		from = old->from < from ? old->from : from;
		to = old->to > to ? old->to : to;
		r->numbers -= length(old);
	}
	if (n) {
		r->range[at] = (struct range){ from, to };
		erase(r, at + 1, n - 1);
	} else if (!insert(r, at, from, to)) {
		return false;
	}
	r->numbers += length(&r->range[at]);
	return true;
}

bool ranges_remove(struct ranges *r, uint32_t number)
{
	uint32_t at = find(r, number);
	struct range *old = &r->range[at];

	if (at == r->count || old->from > number)
		return true;
	if (old->from == old->to) {
		erase(r, at, 1);
	} else if (old->from == number) {
		old->from++;
	} else if (old->to == number) {
		old->to--;
	} else {
		if (!insert(r, at, old->from, number - 1))
			return false;
		r->range[at + 1].from = number + 1;
	}
	r->numbers--;
	return true;
}

bool ranges_has(const struct ranges *r, uint32_t number)
{
	uint32_t at = find(r, number);

	return at < r->count && r->range[at].from <= number;
}

uint32_t ranges_first(const struct ranges *r)
{
	return r->range[0].from;
}

void ranges_clear(struct ranges *r)
{
	r->count = 0;
	r->numbers = 0;
}

void ranges_free(struct ranges *r)
{
	free(r->range);
	*r = (struct ranges){ 0 };
}

void ranges_write(const struct ranges *r, struct buf *b)
{
	for (uint32_t i = 0; i < r->count; i++) {
		if (i)
			buf_addc(b, ',');
		buf_addu(b, r->range[i].from);
		if (r->range[i].to > r->range[i].from) {
			buf_addc(b, '-');
			buf_addu(b, r->range[i].to);
		}
	}
}

static bool number(const char **at, uint32_t *out)
{
	uint64_t n = 0;

	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at) && n <= UINT32_MAX; ++*at)
		n = n * 10 + (uint64_t)(**at - '0');
	*out = (uint32_t)n;
	return n <= UINT32_MAX;
}

bool ranges_read(struct ranges *r, const char *text)
{
	while (*text) {
		uint32_t from, to;

		if (!number(&text, &from))
			return false;
		to = from;
		if (*text == '-') {
			text++;
			if (!number(&text, &to) || to < from)
				return false;
		}
		if (!ranges_add(r, from, to))
			return false;
		if (*text == ',' && text[1])
			text++;
		else if (*text)
			return false;
	}
	return true;
}
