/* SPDX-License-Identifier: GPL-2.0-or-later */
/* uuid.h: the RFC's own example, text, order, uniqueness over threads and forks. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"
#include "uuid.h"

/* RFC 9562, A.6. */
static const char example[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
static const uint64_t example_ms = 0x017F22E279B0;

static void test_parse(void)
{
	static const uint8_t bytes[16] = { 0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3, 0x98,
					   0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f };
	struct uuid u, before;
	struct diag d = DIAG_INIT;
	char text[UUID_TEXT];

	is_int(uuid_parse(example, 36, &u, &d), 0, "the RFC's example");
	ok(!memcmp(u.b, bytes, 16), "its bytes");
	ok(uuid_is_v7(&u), "is version 7");
	ok(uuid_time_ms(&u) == example_ms, "its time");
	uuid_format(&u, text);
	is_str(text, example, "and back");
	is_int(uuid_parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", 36, &u, &d), 0, "upper case");
	uuid_format(&u, text);
	is_str(text, example, "is written in lower case");
	is_int(uuid_parse("cdc78e7d-8032-497e-9a5b-01c720ea2223", 36, &u, &d), 0,
	       "the seed's objectid");
	ok(!uuid_is_v7(&u), "is a UUID, not of version 7");
	is_int(uuid_parse("00000000-0000-0000-0000-000000000000", 36, &u, &d), 0, "nil");
	ok(!uuid_is_v7(&u), "is not version 7");
	is_int(uuid_parse("017f22e2-79b0-7cc3-58c4-dc0c0c07398f", 36, &u, &d), 0, "variant 01");
	ok(!uuid_is_v7(&u), "is not version 7 either");

	before = u;
	for (int i = 0; i < 36; i++) {
		memcpy(text, example, sizeof example);
		text[i] = 'g';
		if (uuid_parse(text, 36, &u, &d) != -1 || d.col != i + 1 ||
		    uuid_parse(example, (size_t)i, &u, &d) != -1 || uuid_cmp(&u, &before))
			break;
		if (i == 35)
			ok(true, "a wrong character and an early end are seen at every place");
	}
	uuid_parse("017f22e2x79b0-7cc3-98c4-dc0c0c07398f", 36, &u, &d);
	is_str(d.text, "\"017f22e2x79b0-7cc3-98c4-dc0c0c07398f\" is not a UUID: "
	       "found \"x79b0-7cc3-98c4-dc0c0c07398f\", expected a hyphen", "the message");
	is_int(d.col, 9, "the column");
	uuid_parse("job-17", 6, &u, &d);
	is_str(d.text, "\"job-17\" is not a UUID, expected a hexadecimal digit", "the message");
	uuid_parse("", 0, &u, &d);
	is_str(d.text, "\"\" is not a UUID: found the end, expected a hexadecimal digit",
	       "the message");
	is_int(uuid_parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f1", 37, &u, &d), -1, "37 characters");
	like(d.text, "found \"1\", expected the end after 36 characters", "the message");
	is_int(uuid_parse("017f22e2-79b0-7cc3-98c4dc0c0c07398f--", 36, &u, NULL), -1,
	       "hyphens elsewhere");
	is_int(uuid_parse("{17f22e2-79b0-7cc3-98c4-dc0c0c07398}", 36, &u, NULL), -1, "braces");
}

static void test_make(void)
{
	static const uint8_t rand[10] = { 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39,
					  0x8f };
	static const uint8_t ones[10] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
	struct uuid u, v;
	char text[UUID_TEXT];

	uuid_v7_make(example_ms, rand, &u);
	uuid_format(&u, text);
	is_str(text, example, "the RFC's example is made");
	uuid_v7_make((UINT64_C(1) << 48) - 1, ones, &u);
	uuid_format(&u, text);
	is_str(text, "ffffffff-ffff-7fff-bfff-ffffffffffff", "the last of all");
	ok(uuid_time_ms(&u) == (UINT64_C(1) << 48) - 1, "its time");
	uuid_v7_make(0, rand, &v);
	ok(uuid_cmp(&v, &u) < 0 && uuid_cmp(&u, &v) > 0 && !uuid_cmp(&u, &u), "are ordered");
}

static uint64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

enum { EACH = 50000, THREADS = 4 };
static struct uuid made[THREADS][EACH];

static void *make_many(void *to)
{
	struct uuid *u = to;

	for (int i = 0; i < EACH; i++)
		uuid_v7_new(u + i);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return uuid_cmp(a, b);
}

static void test_new(void)
{
	pthread_t t[THREADS];
	struct uuid *all = made[0];
	uint64_t before = clock_ms(), after;
	int falling = 0, same = 0, not_v7 = 0;

	uuid_v7_new(&made[0][0]);
	after = clock_ms();
	ok(uuid_time_ms(&made[0][0]) >= before && uuid_time_ms(&made[0][0]) <= after + 1,
	   "has the time of now");
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, make_many, made[i]))
			bail("no thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < THREADS; i++)
		for (int k = 0; k < EACH; k++) {
			not_v7 += !uuid_is_v7(&made[i][k]);
			falling += k && uuid_cmp(&made[i][k - 1], &made[i][k]) >= 0;
		}
	is_int(not_v7, 0, "%d made by %d threads are of version 7", EACH * THREADS, THREADS);
	is_int(falling, 0, "each is greater than the one before");
	qsort(all, EACH * THREADS, sizeof *all, compare);
	for (int i = 1; i < EACH * THREADS; i++)
		same += !uuid_cmp(&all[i - 1], &all[i]);
	is_int(same, 0, "no two are the same");
}

/* A child goes on from the parent's time and counter: what is random must not be the same. */
static void test_fork(void)
{
	struct uuid mine[100], its[100];
	int p[2], same = 0;
	pid_t child;

	if (pipe(p))
		bail("no pipe");
	child = fork();
	for (int i = 0; i < 100; i++)
		uuid_v7_new(child ? &mine[i] : &its[i]);
	if (!child)
		_exit(write(p[1], its, sizeof its) != sizeof its);
	ok(read(p[0], its, sizeof its) == sizeof its, "a child makes 100");
	waitpid(child, NULL, 0);
	for (int i = 0; i < 100; i++)
		for (int k = 0; k < 100; k++)
			same += !memcmp(mine[i].b + 8, its[k].b + 8, 8);
	is_int(same, 0, "with other random bits than its parent's");
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	test_parse();
	test_make();
	test_new();
	test_fork();
	return done();
}
