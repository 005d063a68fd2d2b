/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prices.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"

static const struct field fields[] = {
	{ "core-hour", FIELD_REAL, .offset = offsetof(struct prices, core_hour), .alias = "corehour" },
	{ "memory-hour", FIELD_REAL, .offset = offsetof(struct prices, memory_hour), .alias = "memoryhour" },
	{ "gpu-hour", FIELD_REAL, .offset = offsetof(struct prices, gpu_hour), .alias = "gpuhour" },
	{ "moved", FIELD_REAL, .offset = offsetof(struct prices, moved) },
	{ "job", FIELD_REAL, .offset = offsetof(struct prices, job) },
	{ NULL }
};

static double *at(struct prices *p, const struct field *f)
{
	return (void *)((char *)p + f->offset);
}

int prices_read(const struct node *map, struct prices *p, struct diag *d)
{
	struct prices said = PRICES_UNSAID;

	if (!map || map->kind == NODE_NULL)
		return 0;
	if (field_read(map, "prices", fields, &said, d) < 0)
		return -1;
	for (const struct field *f = fields; f->name; f++) {
		const struct node *n = field_get(map, fields, f->name);

		if (!n)
			continue;
		if (*at(&said, f) < 0)
			return diag_at(d, n->line, n->col, "%s: expected a number that is not negative, "
				       "found \"%.40s\"", f->name, n->text);
		*at(p, f) = *at(&said, f);
	}
	return 0;
}

bool prices_any(const struct prices *p)
{
	struct prices copy = *p;

	for (const struct field *f = fields; f->name; f++)
		if (*at(&copy, f) >= 0)
			return true;
	return false;
}

void number_write(struct buf *b, double value)
{
	char text[40];

	if (!isfinite(value) || value < 0)
		value = 0;
	for (int digits = 2; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	/* More places before the point than digits: whole, and exact below 2^53. */
	if (value < 1e15 && strstr(text, "e+"))
		snprintf(text, sizeof text, "%.0f", value);
	buf_adds(b, text);
}

void prices_write(struct buf *b, const struct prices *p)
{
	struct prices copy = *p;
	const char *before = "{";

	for (const struct field *f = fields; f->name; f++) {
		if (*at(&copy, f) < 0)
			continue;
		buf_addf(b, "%s%s: ", before, f->name);
		number_write(b, *at(&copy, f));
		before = ", ";
	}
	if (*before == ',')
		buf_addc(b, '}');
}
