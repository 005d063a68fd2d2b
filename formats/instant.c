/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "instant.h"

#include <time.h>

#include "scan.h"
#include "stamp.h"

static int64_t by(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

instant_t instant_now(void)
{
	return by(CLOCK_REALTIME);
}

int64_t instant_ticks(void)
{
	return by(CLOCK_BOOTTIME);
}

int64_t instant_steady(void)
{
	return by(CLOCK_MONOTONIC);
}

int64_t instant_steady_ms(void)
{
	return instant_steady() / 1000;
}

int instant_parse(const char *s, size_t len, instant_t *out, struct diag *d)
{
	struct scan sc = { .s = s, .len = len, .end = len, .what = "a date and time", .d = d };
	struct stamp st = { 0 };

	if (stamp_date(&sc, &st) || stamp_rest(&sc, &st))
		return -1;
	return stamp_instant(&sc, 0, &st, out);
}

static char *digits(char *at, int width, int v)
{
	for (int i = width - 1; i >= 0; i--, v /= 10)
		at[i] = (char)('0' + v % 10);
	return at + width;
}

void instant_format(instant_t t, struct buf *out)
{
	char text[INSTANT_TEXT], *at = text;
	struct stamp st;
	int ms;

	t = t < 0 ? 0 : t > INSTANT_MAX ? INSTANT_MAX : t;
	stamp_of_day(t / DAY_US, &st);
	ms = (int)(t % DAY_US / 1000);
	at = digits(at, 4, st.year);
	*at++ = '-';
	at = digits(at, 2, st.month);
	*at++ = '-';
	at = digits(at, 2, st.day);
	*at++ = 'T';
	at = digits(at, 2, ms / 3600000);
	*at++ = ':';
	at = digits(at, 2, ms / 60000 % 60);
	*at++ = ':';
	at = digits(at, 2, ms / 1000 % 60);
	*at++ = '.';
	at = digits(at, 3, ms % 1000);
	*at++ = 'Z';
	buf_add(out, text, (size_t)(at - text));
}
