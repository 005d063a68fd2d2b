/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The points are the calls of the program that is to be killed, in their order. */
#include "kill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chance.h"

/* --- where it strikes ----------------------------------------------------------------- */

/* Calls until the next kill: a start makes some thirty, a few passes the most. */
enum { NEAREST = 32, DOUBLINGS = 4 };

static void draw(struct killing *k)
{
	uint64_t random = chance_next(&k->random), within = (uint64_t)NEAREST << random % DOUBLINGS;

	k->after = random >> 8 & 1;
	k->left = (long)((random >> 16) % within);
	k->anybody = true;
	k->more--;
}

static bool concerns(const struct killing *k, const struct life *l, const struct trace_call *c)
{
	if (k->anybody && strcmp(c->program, "spoold") != 0 && strcmp(c->program, "spool-agent") != 0)
		return false;
	return harm_concerns(k->h, l, c);
}

static enum trace_verdict kill_it(struct killing *k, struct life *l, const struct trace_call *c)
{
	harm_describe(k->h, l, c, k->after ? "killed after" : "killed before");
	l->forgiving = true;
	if (k->more > 0)
		draw(k);
	return TRACE_KILL;
}

enum trace_verdict killing_strike(struct life *l, struct trace_call *c, bool exit)
{
	struct killing *k = l->ctx;

	if (exit)
		return kill_it(k, l, c);
	if (k->left < 0 || !concerns(k, l, c) || k->left-- > 0)
		return TRACE_GO;
	return k->after ? TRACE_WATCH : kill_it(k, l, c);
}

void killing_over(struct life *l)
{
	l->forgiving = false;
}

static uint64_t seed_of(const struct harm *h, long call)
{
	return h->o->seed + (uint64_t)call * 7919;
}

struct killing killing_at(struct harm *h, long call)
{
	return (struct killing){ .h = h, .left = call, .after = h->o->after, .more = h->o->kills - 1,
				 .random = seed_of(h, call) };
}

struct killing killing_at_random(struct harm *h)
{
	struct killing k = { .h = h, .left = -1, .more = h->o->kills, .random = seed_of(h, h->point) };

	if (k.more > 0)
		draw(&k);
	return k;
}

/* --- one point ------------------------------------------------------------------------- */

static void try_point(struct harm *h)
{
	struct killing k = killing_at(h, h->point);
	struct life l = { LIFE_OF(h->o), .on_run = killing_over, .hook = killing_strike, .ctx = &k };
	/* Who kills a shim kills the attempt. */
	bool innocent = strcmp(h->o->program, "spool-shim") != 0;
	char top[PATH_MAX];

	harm_top(h, top);
	life_begin(&l, top, h->o->build);
	harm_finish(h, &l, innocent ? JUDGE_ONE_ATTEMPT : 0);
}

/* --- how many points are there ---------------------------------------------------- */

static long count_points(const struct harm_options *o)
{
	struct harm h = { .o = o, .wrong = BUF_INIT, .notes = BUF_INIT };
	struct killing k = killing_at(&h, 1L << 40);
	struct life l = { LIFE_OF(o), .hook = killing_strike, .ctx = &k };
	const char *tmp = getenv("TMPDIR");
	char top[PATH_MAX];
	long n;

	snprintf(h.dir, sizeof h.dir, "%s/fault.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(h.dir))
		return -1;
	harm_top(&h, top);
	life_begin(&l, top, o->build);
	harm_finish(&h, &l, JUDGE_ONE_ATTEMPT);
	if (h.wrong.len)
		printf("# unharmed, this comes out:\n# %s\n", h.wrong.s);
	n = h.wrong.len ? -1 : (1L << 40) - k.left;
	buf_free(&h.wrong);
	rmdir(h.dir);
	return n;
}

int kill_all(const struct harm_options *o)
{
	long points = count_points(o);
	char name[100], more[64] = "";

	if (points < 0)
		return 1;
	if (o->kills > 1)
		snprintf(more, sizeof more, " and %d kills more", o->kills - 1);
	snprintf(name, sizeof name, "%s killed %s a call%s", o->program, o->after ? "after" : "before", more);
	/* The first are those of --init, which is one life's beginning like others. */
	return harm_all(o, name, points, try_point);
}
