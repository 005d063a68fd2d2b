/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "field.h"
#include "instant.h"
#include "size.h"
#include "uuid.h"

static uint64_t most(const struct field *f, uint64_t by_default)
{
	return f->max ? f->max : by_default;
}

static void describe_count(const struct field *f, char *out, size_t room)
{
	if (f->max)
		snprintf(out, room, "a whole number from %" PRIu64 " to %" PRIu64, f->min, f->max);
	else if (f->min)
		snprintf(out, room, "a whole number, at least %" PRIu64, f->min);
	else
		snprintf(out, room, "a whole number");
}

static void describe_choices(const struct field *f, char *out, size_t room)
{
	size_t used = (size_t)snprintf(out, room, "one of");

	for (const char *const *c = f->choices; *c && used < room; c++)
		used += (size_t)snprintf(out + used, room - used, "%s %s", c == f->choices ? "" : ",",
					 *c);
}

/* What the row wants, for "expected ...". */
static void describe(const struct field *f, char *out, size_t room)
{
	static const char *const fixed[] = {
		[FIELD_TEXT] = "a text", [FIELD_BOOL] = "true or false",
		[FIELD_INT] = "a whole number", [FIELD_REAL] = "a number",
		[FIELD_SIZE] = "a size such as 16GiB", [FIELD_DURATION] = "a duration such as PT1H",
		[FIELD_INSTANT] = "an instant such as 2026-12-01T08:00Z", [FIELD_UUID] = "a UUID",
		[FIELD_DIGEST] = "a SHA-256 digest",
		[FIELD_MAP] = "a mapping", [FIELD_SEQ] = "a list",
	};

	if (f->type == FIELD_COUNT)
		describe_count(f, out, room);
	else if (f->type == FIELD_CHOICE)
		describe_choices(f, out, room);
	else if (f->type == FIELD_NAME)
		snprintf(out, room, "a name of at most %" PRIu64 " letters, digits, and . _ - + @ "
			 "that begins with neither . nor -", most(f, 64));
	else
		snprintf(out, room, "%s", fixed[f->type]);
}

/* What is in quotes is a text, whatever it looks like: to say only that "3" is
 * not a number would be a riddle. */
static const char *in_quotes(const struct node *n, const struct field *f)
{
	return n->quoted && (f->type == FIELD_COUNT || f->type == FIELD_INT ||
			     f->type == FIELD_REAL || f->type == FIELD_BOOL) ? " in quotes" : "";
}

static int wrong(const struct node *n, const char *key, const struct field *f, struct diag *d)
{
	char want[300], found[64];

	describe(f, want, sizeof want);
	return diag_at(d, n->line, n->col, "%.60s: expected %s, found %s%s", key, want,
		       node_describe(n, found), in_quotes(n, f));
}

/* A parser of units said where in the string it stopped: shift that to where
 * the string stands in the document.  Its own words get the key before them. */
static int shifted(const struct node *n, const char *key, const struct diag *from, struct diag *d)
{
	int inside = from->col > 0 ? from->col - 1 : 0;

	return diag_at(d, n->line, n->col + inside + n->quoted, "%.60s: %s", key, from->text);
}

bool field_name_ok(const char *text, size_t longest)
{
	const char *s = text;

	if (!*s || *s == '.' || *s == '-')
		return false;
	while (isalnum((unsigned char)*s) || (*s && strchr("._-+@", *s)))
		s++;
	return !*s && (size_t)(s - text) <= longest;
}

/* Only what every reader of YAML takes for a number: "08" or 1_000 is not. */
static bool is_digits(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

static int read_text(const struct node *n, const char *key, const struct field *f, void *at,
		     struct diag *d)
{
	uint64_t longest = most(f, 1000);

	if (n->len > longest)
		return diag_at(d, n->line, n->col,
			       "%.60s: %zu bytes long; at most %" PRIu64 " are taken", key, n->len,
			       longest);
	if (!n->len)
		return diag_at(d, n->line, n->col, "%.60s: expected a text, found an empty one", key);
	*(const char **)at = n->text;
	return 0;
}

static int read_name(const struct node *n, const char *key, const struct field *f, void *at,
		     struct diag *d)
{
	if (!field_name_ok(n->text, most(f, 64)))
		return wrong(n, key, f, d);
	*(const char **)at = n->text;
	return 0;
}

static int read_bool(const struct node *n, const char *key, const struct field *f, void *at,
		     struct diag *d)
{
	bool yes = !strcmp(n->text, "true") || !strcmp(n->text, "yes");

	if (n->quoted || !(yes || !strcmp(n->text, "false") || !strcmp(n->text, "no")))
		return wrong(n, key, f, d);
	*(bool *)at = yes;
	return 0;
}

static int read_count(const struct node *n, const char *key, const struct field *f, void *at,
		      struct diag *d)
{
	unsigned long long v;

	if (n->quoted || !is_digits(n->text))
		return wrong(n, key, f, d);
	errno = 0;
	v = strtoull(n->text, NULL, 10);
	if (errno || v > most(f, UINT32_MAX) || v < f->min)
		return wrong(n, key, f, d);
	*(uint32_t *)at = (uint32_t)v;
	return 0;
}

static int read_int(const struct node *n, const char *key, const struct field *f, void *at,
		    struct diag *d)
{
	long long v;

	if (n->quoted || !is_digits(n->text + (n->text[0] == '-')))
		return wrong(n, key, f, d);
	errno = 0;
	v = strtoll(n->text, NULL, 10);
	if (errno)
		return wrong(n, key, f, d);
	*(int64_t *)at = v;
	return 0;
}

static int read_real(const struct node *n, const char *key, const struct field *f, void *at,
		     struct diag *d)
{
	char *end;
	double v;

	/* strtod also takes "inf", "nan" and hexadecimals; the letters tell. */
	if (n->quoted || !n->len || strspn(n->text, "0123456789+-.eE") != n->len)
		return wrong(n, key, f, d);
	v = strtod(n->text, &end);
	if (*end || !isfinite(v))
		return wrong(n, key, f, d);
	*(double *)at = v;
	return 0;
}

static int read_size(const struct node *n, const char *key, const struct field *f, void *at,
		     struct diag *d)
{
	struct diag inner = DIAG_INIT;
	uint64_t v;

	if (size_parse(n->text, n->len, &v, &inner) < 0)
		return shifted(n, key, &inner, d);
	if (v < f->min || (f->max && v > f->max))
		return diag_at(d, n->line, n->col, "%.60s: \"%.40s\" is too %s", key, n->text,
			       v < f->min ? "small" : "large");
	*(uint64_t *)at = v;
	return 0;
}

static int read_duration(const struct node *n, const char *key, const struct field *f, void *at,
			 struct diag *d)
{
	struct diag inner = DIAG_INIT;
	int64_t v;

	if (duration_parse(n->text, n->len, &v, &inner) < 0)
		return shifted(n, key, &inner, d);
	if (v < (int64_t)f->min || (f->max && v > (int64_t)f->max))
		return diag_at(d, n->line, n->col, "%.60s: \"%.40s\" is too %s", key, n->text,
			       v < (int64_t)f->min ? "short" : "long");
	*(int64_t *)at = v;
	return 0;
}

static int read_instant(const struct node *n, const char *key, const struct field *f, void *at,
			struct diag *d)
{
	struct diag inner = DIAG_INIT;

	(void)f;
	if (instant_parse(n->text, n->len, at, &inner) < 0)
		return shifted(n, key, &inner, d);
	return 0;
}

static int read_uuid(const struct node *n, const char *key, const struct field *f, void *at,
		     struct diag *d)
{
	struct diag inner = DIAG_INIT;

	(void)f;
	if (uuid_parse(n->text, n->len, at, &inner) < 0)
		return shifted(n, key, &inner, d);
	return 0;
}

static int read_digest(const struct node *n, const char *key, const struct field *f, void *at,
		       struct diag *d)
{
	struct diag inner = DIAG_INIT;

	(void)f;
	if (digest_parse(n->text, n->len, at, &inner) < 0)
		return shifted(n, key, &inner, d);
	return 0;
}

static int read_choice(const struct node *n, const char *key, const struct field *f, void *at,
		       struct diag *d)
{
	char want[300], found[64];
	const char *near;
	size_t count = 0;

	for (; f->choices[count]; count++)
		if (!strcmp(n->text, f->choices[count])) {
			*(int *)at = (int)count;
			return 0;
		}
	near = field_nearest(n->text, f->choices, count);
	if (!near)
		return wrong(n, key, f, d);
	describe(f, want, sizeof want);
	return diag_at(d, n->line, n->col, "%.60s: expected %s, found %s; did you mean \"%s\"?",
		       key, want, node_describe(n, found), near);
}

static int read_scalar(const struct node *n, const char *key, const struct field *f, void *at,
		       struct diag *d)
{
	typedef int reader(const struct node *, const char *, const struct field *, void *,
			   struct diag *);
	static reader *const readers[] = {
		[FIELD_TEXT] = read_text, [FIELD_NAME] = read_name, [FIELD_BOOL] = read_bool,
		[FIELD_COUNT] = read_count, [FIELD_INT] = read_int, [FIELD_REAL] = read_real,
		[FIELD_SIZE] = read_size, [FIELD_DURATION] = read_duration,
		[FIELD_INSTANT] = read_instant, [FIELD_UUID] = read_uuid,
		[FIELD_DIGEST] = read_digest, [FIELD_CHOICE] = read_choice,
	};

	if (n->kind != NODE_SCALAR)
		return wrong(n, key, f, d);
	return readers[f->type](n, key, f, at, d);
}

int field_value(const struct node *n, const char *key, const struct field *f,
		void *into, struct diag *d)
{
	void *at = (char *)into + f->offset;

	switch (f->type) {
	case FIELD_IGNORE:
	case FIELD_OTHERS:
		return 0;
	case FIELD_NODE:
		break;
	case FIELD_MAP:
		if (n->kind != NODE_MAP)
			return wrong(n, key, f, d);
		break;
	case FIELD_SEQ:
		if (n->kind == NODE_NULL)
			return wrong(n, key, f, d);
		break;
	default:
		return read_scalar(n, key, f, at, d);
	}
	*(const struct node **)at = n;
	return 0;
}
