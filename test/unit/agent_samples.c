/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was measured of a store: medians and spreads, the newer the weightier. */
#include <stdio.h>
#include <string.h>

#include "instant.h"
#include "samples.h"
#include "tap.h"

static struct tree tree = TREE_INIT;
static struct buf text = BUF_INIT;
static int64_t now;

/* A line of so long ago. */
static void line(int64_t ago, const char *words)
{
	instant_format(now - ago, &text);
	buf_addf(&text, " %s\n", words);
}

static struct site_store sum_up(void)
{
	struct site_store s = { .name = "a" };

	samples_of_text(&tree, text.s ? text.s : "", now, &s);
	buf_reset(&text);
	return s;
}

static void medians(void)
{
	struct site_store s = sum_up();

	ok(!s.samples && !s.measured && !s.bandwidth && !s.latency, "of nothing nothing is known");
	line(50 * SECOND_US, "get 10000 1000000 1000000");
	line(40 * SECOND_US, "get 20000 2000000 1000000");
	line(30 * SECOND_US, "get 90000 50000000 1000000");
	line(20 * SECOND_US, "put 20000 300000 1000000");
	s = sum_up();
	is_int((long long)s.bandwidth, 2000000, "bandwidth is the median, whatever one of them says");
	is_int((long long)s.bandwidth_spread, 1000000, "its spread that of the distances to it");
	is_int((long long)s.latency, 20000, "latency, too");
	is_int((long long)s.latency_spread, 0, "and its spread");
	is_int((long long)s.upload, 300000, "the way there is another");
	is_int((long long)s.samples, 4, "of so many");
	is_int((long long)(now - s.measured), 20 * SECOND_US, "the last one then");
	ok(!s.trouble, "and it could be reached");
}

static void ages(void)
{
	struct site_store s;

	for (int i = 0; i < 3; i++)
		line(8 * HOUR_US, "get 10000 9000000 1000000");
	line(SECOND_US, "get 10000 1000000 1000000");
	s = sum_up();
	is_int((long long)s.bandwidth, 1000000, "one of now weighs more than three of hours ago");
	line(25 * HOUR_US, "get 10000 9000000 1000000");
	s = sum_up();
	ok(!s.samples && !s.bandwidth && !s.measured, "after a day it counts nothing");
	line(-HOUR_US, "get 10000 9000000 1000000");
	s = sum_up();
	ok(!s.samples, "nor before it was measured");
}

static void kinds(void)
{
	struct site_store s;

	line(SECOND_US, "probe 5000 65536 1000000");
	s = sum_up();
	is_int((long long)s.bandwidth, 65536, "a probe tells what nothing else does");
	line(2 * SECOND_US, "get 5000 4000000 1000000");
	line(SECOND_US, "probe 5000 65536 1000000");
	line(SECOND_US, "probe 5000 65536 1000000");
	s = sum_up();
	is_int((long long)s.bandwidth, 4000000, "a real transfer tells more than probes");
	is_int((long long)s.samples, 3, "which count for the latency");
	line(SECOND_US, "get 5000 100 1");
	s = sum_up();
	ok(!s.bandwidth && s.latency == 5000, "a few bytes tell nothing of the bandwidth");
	line(2 * SECOND_US, "get 5000 4000000 1000000");
	line(SECOND_US, "fail no route to host");
	s = sum_up();
	ok(s.trouble && !strcmp(s.trouble, "no route to host"), "that it failed is told");
	is_int((long long)s.bandwidth, 4000000, "beside what was measured before");
	line(2 * SECOND_US, "fail no route to host");
	line(SECOND_US, "get 5000 4000000 1000000");
	s = sum_up();
	ok(!s.trouble, "until it can be reached again");
}

static void torn(void)
{
	struct site_store s;

	buf_adds(&text, "soon get 1 2 3\n\n");
	line(SECOND_US, "get 5000 what");
	line(SECOND_US, "get 5000 1000000 1000000");
	buf_adds(&text, "2026-11-22T03:00");
	s = sum_up();
	ok(s.samples == 1 && s.bandwidth == 1000000, "what is no line is left out");
}

int main(void)
{
	now = instant_now() / SECOND_US * SECOND_US;
	medians();
	ages();
	kinds();
	torn();
	tree_free(&tree);
	buf_free(&text);
	return done();
}
