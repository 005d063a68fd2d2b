/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words - the parsers of sizes, times, ids and digests.
 *
 * What is refused is refused in words and leaves the target alone; what is
 * taken can be written, and is read from that as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "instant.h"
#include "size.h"
#include "uuid.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void refused(const struct diag *d, size_t len)
{
	must(d->text[0] && d->line == 0 && d->col >= 1 && (size_t)d->col <= len + 1);
}

static void a_size(const char *s, size_t len)
{
	struct diag d = DIAG_INIT;
	struct buf b = BUF_INIT;
	uint64_t v = 77, again;

	if (size_parse(s, len, &v, &d) < 0) {
		refused(&d, len);
		must(v == 77);
	} else {
		size_format(v, &b);
		must(size_parse(b.s, b.len, &again, &d) == 0 && again == v);
		buf_reset(&b);
		size_human(v, &b);
		must(b.len > 0 && b.len < 20);
	}
	buf_free(&b);
}

static void an_instant(const char *s, size_t len)
{
	struct diag d = DIAG_INIT;
	struct buf b = BUF_INIT;
	instant_t v = 77, again;

	if (instant_parse(s, len, &v, &d) < 0) {
		refused(&d, len);
		must(v == 77);
	} else {
		must(v >= 0 && v <= INSTANT_MAX);
		instant_format(v, &b);
		must(b.len == INSTANT_TEXT);
		must(instant_parse(b.s, b.len, &again, &d) == 0 && again == v / 1000 * 1000);
	}
	buf_free(&b);
}

static void a_duration(const char *s, size_t len)
{
	struct diag d = DIAG_INIT;
	struct buf b = BUF_INIT;
	int64_t v = 77, again;

	if (duration_parse(s, len, &v, &d) < 0) {
		refused(&d, len);
		must(v == 77);
	} else {
		must(v >= 0 && v <= DURATION_MAX);
		duration_format(v, &b);
		must(duration_parse(b.s, b.len, &again, &d) == 0 && again == v);
	}
	buf_free(&b);
}

static void an_interval(const char *s, size_t len)
{
	struct diag d = DIAG_INIT;
	struct buf b = BUF_INIT;
	struct interval v = { 77, 77 }, again;

	if (interval_parse(s, len, &v, &d) < 0) {
		refused(&d, len);
		must(v.from == 77 && v.to == 77);
	} else {
		must(v.from >= 0 && v.from <= v.to && v.to <= INSTANT_MAX);
		interval_format(&v, &b);
		must(interval_parse(b.s, b.len, &again, &d) == 0);
		must(again.from == v.from / 1000 * 1000);
	}
	buf_free(&b);
}

static void an_id(const char *s, size_t len)
{
	struct diag d = DIAG_INIT;
	struct uuid v = { { 7 } }, again;
	struct digest g = { { 7 } }, other;
	char text[UUID_TEXT], hex[DIGEST_TEXT];

	if (uuid_parse(s, len, &v, &d) < 0) {
		refused(&d, len);
		must(v.b[0] == 7);
	} else {
		uuid_format(&v, text);
		must(uuid_parse(text, UUID_LEN, &again, &d) == 0 && !uuid_cmp(&v, &again));
	}
	if (digest_parse(s, len, &g, &d) < 0) {
		refused(&d, len);
		must(g.b[0] == 7);
	} else {
		digest_format(&g, hex);
		must(digest_parse(hex, DIGEST_LEN, &other, &d) == 0 && digest_eq(&g, &other));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tests[])(const char *, size_t) = {
		a_size, an_instant, a_duration, an_interval, an_id,
	};
	char *copy;

	if (!size)
		return 0;
	copy = malloc(size);
	must(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	tests[data[0] % 5](copy, size - 1);
	free(copy);
	return 0;
}
