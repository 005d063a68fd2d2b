/* SPDX-License-Identifier: GPL-2.0-or-later */
/* size.h: every spelling that is taken, every message of those that are not. */
#include <stdio.h>
#include <string.h>

#include "chance.h"
#include "size.h"
#include "tap.h"

#define UNITS "a unit: B, kB, MB, GB, TB, PB, EB, or KiB, MiB, GiB, TiB, PiB, EiB"
#define G UINT64_C(1000000000)
#define GI (UINT64_C(1) << 30)

static const struct {
	const char *text;
	uint64_t    bytes;
} good[] = {
	/* The ExecutionPlanner text. */
	{ "16Gb", 16 * G }, { "2Gb", 2 * G }, { "8Gb", 8 * G }, { "24Gb", 24 * G },
	{ "32Gb", 32 * G }, { "100Gb", 100 * G }, { "1024Gb", 1024 * G },
	{ "1Tbyte", 1000 * G }, { "2G", 2 * G }, { "20G", 20 * G }, { "16G", 16 * G },
	{ "16G bytes", 16 * G }, { "10Gbytes", 10 * G },
	/* Bytes. */
	{ "0", 0 }, { "1", 1 }, { "4096", 4096 }, { "007", 7 }, { "0B", 0 }, { "1b", 1 },
	{ "5 B", 5 }, { "5byte", 5 }, { "5 bytes", 5 }, { "5 Bytes", 5 }, { "5 BYTES", 5 },
	{ "2.0", 2 }, { "2.000 bytes", 2 },
	/* Each form of a unit. */
	{ "1K", 1000 }, { "1k", 1000 }, { "1KB", 1000 }, { "1kB", 1000 }, { "1Kb", 1000 },
	{ "1kb", 1000 }, { "1Kib", 1024 }, { "1KiB", 1024 }, { "1Ki", 1024 }, { "1kib", 1024 },
	{ "1KIB", 1024 }, { "1 KiB", 1024 }, { "1  Ki\tbytes", 1024 }, { "1kibyte", 1024 },
	{ "1M", 1000000 }, { "1m", 1000000 }, { "1MiB", 1 << 20 }, { "1Mi", 1 << 20 },
	{ "1GB", G }, { "1GiB", GI }, { "1T", 1000 * G }, { "1TiB", 1024 * GI },
	{ "1P", 1000000 * G }, { "1PiB", GI << 20 }, { "1E", G * G }, { "1EiB", GI << 30 },
	{ "18EB", 18 * G * G }, { "15EiB", UINT64_C(15) << 60 },
	/* Fractions. */
	{ "1.5GiB", GI + GI / 2 }, { "0.5k", 500 }, { "1.1kB", 1100 }, { "1.10KB", 1100 },
	{ "1.0001kB", 1000 }, { "0.0009kB", 0 }, { "2.5E", 5 * G * G / 2 },
	{ "15.5 EiB", UINT64_C(31) << 59 }, { "0.000000000000000001E", 1 },
	{ "1.99999999999999999999999999k", 1999 },
	{ "0.333333333333333333333333333333k", 333 },
	/* The largest. */
	{ "18446744073709551615", UINT64_MAX }, { "18446744073709551615B", UINT64_MAX },
	{ "18446744073709551.615kB", UINT64_MAX },
	{ "15.999999999999999999EiB", UINT64_MAX - 1 },
};

static const struct {
	const char *text;
	int         col;
	const char *says;
} bad[] = {
	{ "", 1, "\"\" is not a size: found the end, expected a number" },
	{ "-5", 1, "\"-5\" is not a size, expected a number that is not negative" },
	{ "lots", 1, "\"lots\" is not a size, expected a number" },
	{ "GiB", 1, "\"GiB\" is not a size, expected a number" },
	{ " 5", 1, "\" 5\" is not a size, expected a number" },
	{ "+5", 1, "\"+5\" is not a size, expected a number" },
	{ ".5G", 1, "\".5G\" is not a size, expected a number" },
	{ "1.G", 3, "\"1.G\" is not a size: found \"G\", expected digits behind the point" },
	{ "1.", 3, "\"1.\" is not a size: found the end, expected digits behind the point" },
	{ "1.5.5G", 4, "\"1.5.5G\" is not a size: found \".5G\", expected " UNITS },
	{ "1,5G", 2, "\"1,5G\" is not a size: found \",5G\", expected " UNITS },
	{ "16Xb", 3, "\"16Xb\" is not a size: found \"Xb\", expected " UNITS },
	{ "16 XB", 4, "\"16 XB\" is not a size: found \"XB\", expected " UNITS },
	{ "16Gbit", 3, "\"16Gbit\" is not a size: found \"Gbit\", expected " UNITS },
	{ "16GBs", 3, "\"16GBs\" is not a size: found \"GBs\", expected " UNITS },
	{ "16GG", 3, "\"16GG\" is not a size: found \"GG\", expected " UNITS },
	{ "16iB", 3, "\"16iB\" is not a size: found \"iB\", expected " UNITS },
	{ "1e9", 2, "\"1e9\" is not a size: found \"e9\", expected " UNITS },
	{ "0x10", 2, "\"0x10\" is not a size: found \"x10\", expected " UNITS },
	{ "1_000", 2, "\"1_000\" is not a size: found \"_000\", expected " UNITS },
	{ "5 5", 3, "\"5 5\" is not a size: found \"5\", expected " UNITS },
	{ "1.5", 1, "\"1.5\" is not a size, expected a whole number of bytes" },
	{ "0.5B", 1, "\"0.5B\" is not a size, expected a whole number of bytes" },
	{ "16EiB", 1, "\"16EiB\" is not a size, expected less than 16EiB" },
	{ "18.5EB", 1, "\"18.5EB\" is not a size, expected less than 16EiB" },
	{ "18446744073709551615K", 1,
	  "\"18446744073709551615K\" is not a size, expected less than 16EiB" },
	{ "18446744073709551616", 1,
	  "\"18446744073709551616\" is not a size, expected a smaller number" },
	{ "99999999999999999999999 B", 1, "\"99999999999999999999999 B\" is not a size: "
	  "found \"99999999999999999999999\", expected a smaller number" },
	{ "5\n", 2, "\"5?\" is not a size: found \"?\", expected " UNITS },
	{ "5\xc3\xa4", 2, "\"5\xc3\xa4\" is not a size: found \"\xc3\xa4\", expected " UNITS },
	{ "5\xff", 2, "\"5?\" is not a size: found \"?\", expected " UNITS },
	{ "0123456789012345678901234567890123456789", 1,
	  "\"0123456789012345678901234567890123456...\" is not a size, expected a smaller number" },
};

static void test_parse(void)
{
	struct diag d;
	uint64_t v;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char exact[64];
		size_t n = strlen(good[i].text);

		memcpy(exact, good[i].text, n);
		memset(exact + n, '9', sizeof exact - n);	/* no NUL behind it */
		d = (struct diag)DIAG_INIT;
		v = 12345;
		ok(size_parse(exact, n, &v, &d) == 0 && v == good[i].bytes, "%s is %llu",
		   good[i].text, (unsigned long long)good[i].bytes);
		is_str(d.text, "", "and no complaint");
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		v = 77;
		is_int(size_parse(bad[i].text, strlen(bad[i].text), &v, &d), -1, "bad size %zu", i);
		is_str(d.text, bad[i].says, "its message");
		is_int(d.col, bad[i].col, "its column");
		is_int(d.line, 0, "no line");
		is_int(v, 77, "the value is as before");
	}
	is_int(size_parse("5\0G", 3, &v, &d), -1, "a NUL in it");
	is_int(size_parse("x", 1, &v, NULL), -1, "a NULL diag is allowed");
}

static const char *format(void (*how)(uint64_t, struct buf *), uint64_t v)
{
	static struct buf b = BUF_INIT;
	static char text[64];

	buf_reset(&b);
	how(v, &b);
	snprintf(text, sizeof text, "%s", b.s);
	buf_free(&b);
	return text;
}

static void test_format(void)
{
	static const struct {
		uint64_t    bytes;
		const char *text;
	} exact[] = {
		{ 0, "0" }, { 1, "1" }, { 999, "999" }, { 1000, "1kB" }, { 1024, "1KiB" },
		{ 1536, "1536" }, { 1500, "1500" }, { 2000, "2kB" }, { 1024000, "1000KiB" },
		{ 1000000, "1MB" }, { 1 << 20, "1MiB" }, { 16 * G, "16GB" }, { 16 * GI, "16GiB" },
		{ 1024 * G, "1024GB" }, { 100 * G, "100GB" }, { 1000 * G, "1TB" },
		{ 1024 * GI, "1TiB" }, { G * G, "1EB" }, { GI << 30, "1EiB" },
		{ GI + GI / 2, "1536MiB" }, { UINT64_MAX, "18446744073709551615" },
		{ UINT64_C(15) << 60, "15EiB" },
	}, human[] = {
		{ 0, "0B" }, { 1, "1B" }, { 999, "999B" }, { 1023, "1023B" }, { 1024, "1KiB" },
		{ 1025, "1.0KiB" }, { 1536, "1.5KiB" }, { 10 * 1024 + 1, "10.0KiB" },
		{ 99 * 1024 + 1000, "100KiB" }, { 100 * 1024 + 1, "100KiB" },
		{ 1023 * 1024, "1023KiB" }, { 1024 * 1024 - 1, "1.0MiB" }, { 1 << 20, "1MiB" },
		{ 16 * GI, "16GiB" }, { 16 * GI + 1, "16.0GiB" }, { 16 * G, "14.9GiB" },
		{ 15 * GI + GI * 6 / 10, "15.6GiB" }, { 512 << 20, "512MiB" },
		{ 1024 * GI, "1TiB" }, { GI << 20, "1PiB" }, { GI << 30, "1EiB" },
		{ UINT64_MAX, "16.0EiB" },
	};
	struct buf b = BUF_INIT;
	uint64_t v, back;
	int wrong = 0;

	for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
		is_str(format(size_format, exact[i].bytes), exact[i].text, "exactly");
	for (size_t i = 0; i < sizeof human / sizeof *human; i++)
		is_str(format(size_human, human[i].bytes), human[i].text, "for people");

	for (int i = 0; i < 200000; i++) {
		uint64_t x;

		v = chance(UINT64_MAX);
		x = v >> (v & 63);
		x = i % 3 ? x : x / 1000 * 1000;
		x = i % 5 ? x : x / GI * GI;
		buf_reset(&b);
		size_format(x, &b);
		wrong += size_parse(b.s, b.len, &back, NULL) != 0 || back != x;
	}
	is_int(wrong, 0, "200,000 sizes are read as they were written");
	buf_free(&b);
}

int main(void)
{
	test_parse();
	test_format();
	return done();
}
