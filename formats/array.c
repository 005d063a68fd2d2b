/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "array.h"

#include <ctype.h>
#include <string.h>

static int wrong(const char *text, const char *at, const char *expected, struct diag *d)
{
	diag_set(d, "array: expected %s at byte %zu of \"%.60s\"", expected, (size_t)(at - text) + 1, text);
	return -1;
}

/* Decimal digits, at most `most`. */
static bool number(const char **at, uint32_t most, uint32_t *out)
{
	uint64_t n = 0;

	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); ++*at) {
		n = n * 10 + (uint64_t)(**at - '0');
		if (n > most)
			return false;
	}
	*out = (uint32_t)n;
	return true;
}

static bool skip(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

static int part(const char *text, const char **at, struct array_part *p, struct diag *d)
{
	if (!number(at, ARRAY_INDEX, &p->from))
		return wrong(text, *at, "an index from 0 to 1000000000", d);
	p->to = p->from;
	p->step = 1;
	if (!skip(at, '-'))
		return 0;
	if (!number(at, ARRAY_INDEX, &p->to) || p->to < p->from)
		return wrong(text, *at, "an index that is not lower than the one before", d);
	if (skip(at, ':') && (!number(at, ARRAY_INDEX, &p->step) || !p->step))
		return wrong(text, *at, "a step of at least 1", d);
	p->to -= (p->to - p->from) % p->step;
	return 0;
}

static int add(struct array *a, const struct array_part *p, const char *text, const char *at, struct diag *d)
{
	uint64_t tasks = (uint64_t)a->tasks + (p->to - p->from) / p->step + 1;

	if (a->parts && p->from <= a->part[a->parts - 1].to)
		return wrong(text, at, "indices in rising order before here", d);
	if (a->parts == ARRAY_PARTS || tasks > ARRAY_TASKS)
		return diag_set(d, "array: at most %d ranges and %d tasks are taken", ARRAY_PARTS, ARRAY_TASKS);
	a->part[a->parts++] = *p;
	a->tasks = (uint32_t)tasks;
	return 0;
}

int array_parse(const char *text, struct array *a, struct diag *d)
{
	const char *at = text;
	struct array_part p = { .step = 1 };

	*a = (struct array){ .tasks = 0 };
	do {
		if (part(text, &at, &p, d) < 0 || add(a, &p, text, at, d) < 0)
			return -1;
	} while (skip(&at, ','));
	if (skip(&at, '%') && (!number(&at, ARRAY_INDEX, &a->most) || !a->most))
		return wrong(text, at, "how many at once, at least 1,", d);
	return *at ? wrong(text, at, "a comma, a percent sign, or the end", d) : 0;
}

uint32_t array_index(const struct array *a, uint32_t place)
{
	for (uint32_t i = 0; i < a->parts; i++) {
		const struct array_part *p = &a->part[i];
		uint32_t n = (p->to - p->from) / p->step + 1;

		if (place < n)
			return p->from + place * p->step;
		place -= n;
	}
	return UINT32_MAX;
}

uint32_t array_place(const struct array *a, uint32_t index)
{
	uint32_t place = 0;

	for (uint32_t i = 0; i < a->parts; i++) {
		const struct array_part *p = &a->part[i];

		if (index >= p->from && index <= p->to)
			return (index - p->from) % p->step ? UINT32_MAX : place + (index - p->from) / p->step;
		place += (p->to - p->from) / p->step + 1;
	}
	return UINT32_MAX;
}
