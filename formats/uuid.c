/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uuid.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "hex.h"
#include "scan.h"

/* Where the text has a hyphen: before these bytes. */
static bool hyphen_before(int byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

/* Kept apart: names of a whole directory are parsed, and nearly all are right. */
static int wrong(const char *s, size_t len, size_t at, const char *wanted, struct diag *d)
{
	struct scan sc = { .s = s, .len = len, .end = len, .at = at, .what = "a UUID", .d = d };

	return scan_fail_here(&sc, wanted);
}

int uuid_parse(const char *s, size_t len, struct uuid *u, struct diag *d)
{
	struct uuid v;
	size_t at = 0;

	for (int i = 0; i < 16; i++, at += 2) {
		int high, low;

		if (hyphen_before(i)) {
			if (at >= len || s[at] != '-')
				return wrong(s, len, at, "a hyphen", d);
			at++;
		}
		high = at < len ? hex_value(s[at]) : -1;
		low = at + 1 < len ? hex_value(s[at + 1]) : -1;
		if (high < 0 || low < 0)
			return wrong(s, len, at + (high >= 0), "a hexadecimal digit", d);
		v.b[i] = (uint8_t)(high << 4 | low);
	}
	if (at != len)
		return wrong(s, len, at, "the end after 36 characters", d);
	*u = v;
	return 0;
}

void uuid_format(const struct uuid *u, char out[UUID_TEXT])
{
	for (int i = 0; i < 16; i++) {
		if (hyphen_before(i))
			*out++ = '-';
		out = hex_put(out, u->b[i]);
	}
	*out = '\0';
}

int uuid_cmp(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof a->b);
}

uint32_t uuid_hash(const struct uuid *u)
{
	uint32_t hash;

	memcpy(&hash, u->b + 12, sizeof hash);
	return hash;
}

bool uuid_is_v7(const struct uuid *u)
{
	return u->b[6] >> 4 == 7 && u->b[8] >> 6 == 2;
}

/* RFC 9562, 5.7: 48 bits of time, version, 12 bits, variant, 62 bits. */
void uuid_v7_make(uint64_t unix_ms, const uint8_t rand[10], struct uuid *u)
{
	for (int i = 0; i < 6; i++)
		u->b[i] = (uint8_t)(unix_ms >> (40 - 8 * i));
	memcpy(u->b + 6, rand, 10);
	u->b[6] = (u->b[6] & 0x0f) | 0x70;
	u->b[8] = (u->b[8] & 0x3f) | 0x80;
}

/*
 * The time and the 12 bits behind it form one number that only grows: the
 * "fixed bit-length dedicated counter" of RFC 9562, 6.2.  In each new
 * millisecond it starts at a random value with its first bit 0, so that at
 * least 2,048 fit; what is more carries into the time.  One atomic word needs
 * no lock, which a fork could leave held.
 */
static uint64_t next_tick(uint64_t unix_ms, unsigned start)
{
	static _Atomic uint64_t last;
	uint64_t before = atomic_load(&last), tick;

	do {
		tick = unix_ms << 12 | (start & 0x7ff);
		if (tick >> 12 <= before >> 12)
			tick = before + 1;
	} while (!atomic_compare_exchange_weak(&last, &before, tick));
	return tick;
}

/*
 * Random bytes are drawn for many ids at once: a system call costs as much as
 * all the rest of making one.  256 bytes are what getrandom(2) gives without
 * falling short once the pool is ready.  Each thread has its own, and a child
 * must not go on with its parent's.
 */
static _Thread_local struct { uint8_t bytes[256]; size_t left; } pool;

static void empty_pool(void)
{
	pool.left = 0;
}

static void empty_pool_after_fork(void)
{
	pthread_atfork(NULL, NULL, empty_pool);
}

static void take_random(uint8_t *to, size_t n)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (pool.left < n) {
		pthread_once(&once, empty_pool_after_fork);
		while (getrandom(pool.bytes, sizeof pool.bytes, 0) != (ssize_t)sizeof pool.bytes)
			;
		pool.left = sizeof pool.bytes;
	}
	pool.left -= n;
	memcpy(to, pool.bytes + pool.left, n);
}

void uuid_v7_new(struct uuid *u)
{
	struct timespec now;
	uint8_t rand[10];
	uint64_t tick;

	take_random(rand, sizeof rand);
	clock_gettime(CLOCK_REALTIME, &now);
	tick = next_tick((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000,
			 (unsigned)rand[0] << 8 | rand[1]);
	rand[0] = tick >> 8 & 0x0f;
	rand[1] = tick & 0xff;
	uuid_v7_make(tick >> 12, rand, u);
}

uint64_t uuid_time_ms(const struct uuid *u)
{
	uint64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | u->b[i];
	return ms;
}
