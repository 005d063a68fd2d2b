/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kill - SIGKILL for one process, before or after one of the calls with which
 * its program changes files.  The points are those calls, in their order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harm.h"

struct killing {
	struct harm *h;
	long left;			/* calls until it strikes; below 0: it has */
};

static enum trace_verdict strike(struct life *l, struct trace_call *c, bool exit)
{
	struct killing *k = l->ctx;

	if (exit) {
		harm_describe(k->h, l, c, "killed after");
		l->forgiving = true;
		return TRACE_KILL;
	}
	if (k->left < 0 || !harm_concerns(k->h, l, c) || k->left-- > 0)
		return TRACE_GO;
	if (k->h->o->after)
		return TRACE_WATCH;
	harm_describe(k->h, l, c, "killed before");
	l->forgiving = true;
	return TRACE_KILL;
}

static void forgive_no_more(struct life *l)
{
	l->forgiving = false;
}

static void try_point(struct harm *h)
{
	struct killing k = { h, h->point };
	struct life l = { LIFE_OF(h->o), .on_run = forgive_no_more, .hook = strike, .ctx = &k };
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
	struct killing k = { &h, 1L << 40 };
	struct life l = { LIFE_OF(o), .hook = strike, .ctx = &k };
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
	char name[100];

	if (points < 0)
		return 1;
	snprintf(name, sizeof name, "%s killed %s a call", o->program, o->after ? "after" : "before");
	/* The first are those of --init, which is one life's beginning like others. */
	return harm_all(o, name, points, try_point);
}
