/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's table of attempts, and which of them are started next. */
#include "attempt.h"

#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "instant.h"
#include "start.h"
#include "tap.h"

static struct uuid id(uint32_t n)
{
	struct uuid u = { .b = { 1, 2, 3 } };

	memcpy(u.b + 12, &n, sizeof n);
	return u;
}

static void test_keys(void)
{
	char key[ATTEMPT_KEY], name[ATTEMPT_KEY + 8];
	struct uuid u = id(7), got;
	uint32_t n;

	attempt_key(key, &u, 4294967295u);
	is_str(key, "01020300-0000-0000-0000-000007000000.4294967295", "a key");
	ok(attempt_key_parse(key, "", &got, &n) && !uuid_cmp(&u, &got) && n == 4294967295u,
	   "is read back");
	attempt_key(key, &u, 1);
	snprintf(name, sizeof name, "%s.yaml", key);
	ok(attempt_key_parse(name, ".yaml", &got, &n) && n == 1, "with a suffix");
	ok(!attempt_key_parse(name, "", &got, &n), "which has to be expected");
	ok(!attempt_key_parse("01020300-0000-0000-0000-000007000000.0", "", &got, &n), "no attempt 0");
	ok(!attempt_key_parse("01020300-0000-0000-0000-000007000000.01", "", &got, &n),
	   "no leading 0");
	ok(!attempt_key_parse("01020300-0000-0000-0000-000007000000.4294967296", "", &got, &n),
	   "no attempt that is too large");
	ok(!attempt_key_parse("01020300-0000-0000-0000-000007000000", "", &got, &n), "no id alone");
	ok(!attempt_key_parse("", "", &got, &n), "not nothing");
}

static void test_table(void)
{
	struct attempts t = { 0 };
	struct uuid u;
	bool all = true;

	for (uint32_t i = 0; i < 1000; i++) {
		u = id(i / 2);
		all &= attempts_add(&t, &u, 1 + i % 2, ATTEMPT_WAITING) != NULL;
	}
	ok(all && t.count == 1000 && t.in[ATTEMPT_WAITING].count == 1000, "1000 attempts go in");
	for (uint32_t i = 0; i < 1000; i++) {
		struct attempt *a;

		u = id(i / 2);
		a = attempts_find(&t, &u, 1 + i % 2);
		all &= a && !uuid_cmp(&a->job, &u) && a->number == 1 + i % 2;
	}
	ok(all, "each is found");
	u = id(3);
	ok(!attempts_find(&t, &u, 3), "what is not there is not");
	for (uint32_t i = 0; i < 1000; i += 2) {
		u = id(i / 2);
		attempts_remove(&t, attempts_find(&t, &u, 1));
	}
	u = id(3);
	ok(t.count == 500 && !attempts_find(&t, &u, 1) && attempts_find(&t, &u, 2), "half of them go");
	attempts_free(&t);
	ok(!attempts_find(&t, &u, 2), "an empty table has none");
}

static void test_order(void)
{
	static const uint32_t message[] = { 3, 1, 2, 1 }, line[] = { 1, 2, 1, 1 };
	struct attempts t = { 0 };
	struct attempt *a;
	char order[16] = "";

	for (uint32_t i = 0; i < 4; i++) {
		struct uuid u = id(i);

		a = attempts_add(&t, &u, 1, ATTEMPT_WAITING);
		a->message = message[i];
		a->line = line[i];
	}
	attempts_sort(&t, ATTEMPT_WAITING);
	for (a = t.in[ATTEMPT_WAITING].first; a; a = a->next)
		sprintf(order + strlen(order), "%u", a->job.b[12]);
	is_str(order, "3120", "by message and line");
	attempts_free(&t);
}

static void test_amounts(void)
{
	struct attempts t = { 0 };
	struct uuid u = id(1);
	struct attempt *a = attempts_add(&t, &u, 1, ATTEMPT_READY);

	a->cores = 3;
	a->memory = 1000;
	is_int(t.cores, 0, "what is ready takes nothing");
	attempt_move(&t, a, ATTEMPT_RUNNING);
	ok(t.cores == 3 && t.memory == 1000, "what runs does");
	attempt_move(&t, a, ATTEMPT_COLLECTING);
	ok(t.cores == 0 && t.memory == 0, "as long as it does");
	attempts_free(&t);
}

/* --- which of them fit ------------------------------------------------------------ */

static struct attempt *ready(struct agent *a, uint32_t n, uint32_t cores, uint64_t memory)
{
	struct uuid u = id(n);
	struct attempt *at = attempts_add(&a->held, &u, 1, ATTEMPT_READY);

	at->cores = cores;
	at->memory = memory;
	return at;
}

static const char *chosen(const struct agent *a)
{
	static char out[64];

	size_t n = 0;

	for (const struct attempt *at = a->held.in[ATTEMPT_READY].first; at && n < sizeof out - 1; at = at->next)
		out[n++] = at->chosen ? 'x' : '.';
	out[n] = '\0';
	return out;
}

static void test_choose(void)
{
	struct agent a = { .cores = 4, .memory = 1000 };
	struct attempt *large;

	ready(&a, 1, 2, 100);
	large = ready(&a, 2, 3, 100);
	ready(&a, 3, 1, 100);
	ready(&a, 4, 1, 800);
	ready(&a, 5, 1, 100);
	start_choose(&a);
	is_str(chosen(&a), "x.xx.", "in order, what fits of cores");
	is_int(large->passed, 2, "who was passed is remembered");
	a.memory = 500;
	start_choose(&a);
	is_str(chosen(&a), "x.x.x", "and of memory");
	for (int i = 0; i < 100; i++)
		start_choose(&a);
	is_str(chosen(&a), "x....", "nobody is passed for ever");
	attempt_move(&a.held, a.held.in[ATTEMPT_READY].first, ATTEMPT_RUNNING);
	start_choose(&a);
	is_str(chosen(&a), "....", "not even when there is room for others");
	attempt_move(&a.held, a.held.in[ATTEMPT_RUNNING].first, ATTEMPT_ENDED);
	start_choose(&a);
	is_str(chosen(&a), "xx..", "then it is its turn, and the next one's");
	attempts_free(&a.held);
}

static void test_schedule(void)
{
	struct agent a = { .cores = 4, .memory = 1000 };
	int64_t now = instant_now();
	struct attempt *agreed, *due;

	agreed = ready(&a, 1, 3, 100);
	agreed->start = now + HOUR_US;
	agreed->length = HOUR_US;
	a.held.scheduled = 1;
	ready(&a, 2, 2, 100)->length = HOUR_US / 2;
	ready(&a, 3, 1, 100);
	ready(&a, 4, 1, 100);
	start_choose(&a);
	is_str(chosen(&a), ".xx.", "before an agreed start: what is over by then, or fits beside");
	attempt_move(&a.held, a.held.in[ATTEMPT_READY].first->next, ATTEMPT_RUNNING);
	a.held.in[ATTEMPT_RUNNING].first->started = now - HOUR_US;
	start_choose(&a);
	is_str(chosen(&a), "...", "what has run too long is not believed to end");
	attempt_move(&a.held, a.held.in[ATTEMPT_RUNNING].first, ATTEMPT_ENDED);
	due = ready(&a, 5, 4, 100);
	due->start = now;
	ready(&a, 6, 1, 100)->length = SECOND_US;
	start_choose(&a);
	is_str(chosen(&a), "...x.", "what is due goes before all");
	due->cores = 5;
	start_choose(&a);
	is_str(chosen(&a), ".....", "and nobody takes its room while it has to wait");
	attempts_free(&a.held);
}

int main(void)
{
	test_schedule();
	test_keys();
	test_table();
	test_order();
	test_amounts();
	test_choose();
	return done();
}
