/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words - the parsers of sizes, times, ids, digests, arrays, addresses,
 * manifests, refusals and lines of accounts.
 *
 * What is refused is refused in words and leaves the target alone; what is
 * taken can be written, and is read from that as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "csv.h"
#include "dataset_doc.h"
#include "digest.h"
#include "instant.h"
#include "refusal.h"
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

/* --- words that end with a NUL ------------------------------------------------------- */

static void an_array(const char *s, size_t len)
{
	struct diag d = DIAG_INIT;
	struct array a;

	(void)len;
	if (array_parse(s, &a, &d) < 0) {
		must(d.text[0]);
		return;
	}
	must(a.tasks > 0 && a.tasks <= ARRAY_TASKS && a.parts > 0 && a.parts <= ARRAY_PARTS);
	for (uint32_t i = 0; i < a.tasks; i += 1 + a.tasks / 100) {
		must(array_place(&a, array_index(&a, i)) == i);
		must(i == 0 || array_index(&a, i) > array_index(&a, i - 1));
	}
	must(array_index(&a, a.tasks) == UINT32_MAX);
}

static void an_address(const char *s, size_t len)
{
	(void)len;
	if (dataset_url_ok(s))
		must(strstr(s, "://") && !strpbrk(s, " \n\"\\"));
}

/* A field comes back as it was, but in one line; a line has no more than it says. */
static void accounts(const char *s, size_t len)
{
	struct buf b = BUF_INIT;
	char *field[4] = { 0 }, *copy = strdup(s);
	int n;

	must(copy != NULL);
	for (char *c = copy; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	csv_text(&b, s);
	buf_adds(&b, ",x");
	must(csv_split(b.s, b.len, field, 4) == 2 && !strcmp(field[0], copy) && !strcmp(field[1], "x"));
	n = csv_split(copy, strlen(copy), field, 4);
	must(n >= 1);
	for (int i = 0; i < n && i < 4; i++)
		must(field[i] >= copy && field[i] + strlen(field[i]) <= copy + len);
	free(copy);
	buf_free(&b);
}

/* --- bytes ------------------------------------------------------------------------------ */

static void a_refusal(const char *s, size_t len)
{
	size_t n = len;
	int err = refusal_read(s, &n);

	must(n <= len && !err == !refusal_name(err));
}

static void a_manifest(const char *s, size_t len)
{
	struct tree t = TREE_INIT;
	struct diag d = DIAG_INIT;
	struct buf b = BUF_INIT, again = BUF_INIT;
	struct dataset_file *file;
	uint32_t files;

	if (dataset_manifest_read(&t, s, len, &file, &files, &d) < 0) {
		must(d.text[0] && d.line > 0);
	} else {
		dataset_manifest_write(&b, file, files);
		must(dataset_manifest_read(&t, b.s ? b.s : "", b.len, &file, &files, &d) == 0);
		dataset_manifest_write(&again, file, files);
		must(again.len == b.len && (!b.s || !again.s || !memcmp(again.s, b.s, b.len)));
	}
	tree_free(&t);
	buf_free(&b);
	buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tests[])(const char *, size_t) = {
		a_size, an_instant, a_duration, an_interval, an_id,
		a_refusal, a_manifest, an_array, an_address, accounts,
	};
	uint8_t which;
	char *copy;

	if (!size)
		return 0;
	which = (uint8_t)(data[0] - '0') % 10;
	/* Of its own size, so that a step too far is seen; some end with a NUL. */
	copy = malloc(size);
	must(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	if (which >= 7)
		copy[size - 1] = '\0';
	tests[which](copy, size - 1);
	free(copy);
	return 0;
}
