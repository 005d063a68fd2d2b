/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error_calls - each call fails once, by its number in the life, with an error
 * that is drawn from those that suit it.  Where errors by call site meet the
 * first call of each kind, here is every one: the third flush, the last rename.
 */
#include <stdio.h>
#include <string.h>

#include "chance.h"
#include "error.h"

struct counting {
	struct harm *h;
	long left;			/* calls until it strikes; below 0: it has */
	int error;
};

static long calls;

static enum trace_verdict count(struct life *l, struct trace_call *c, bool exit)
{
	(void)exit;
	calls += error_at_work(l->ctx, l, c);
	return TRACE_GO;
}

/* One of the call's errors, or that it is done in part. */
static int draw(struct life *l, const struct trace_call *c, struct chance random)
{
	const char *errors = c->type->errors;
	bool whole = c->type->kind != CALL_DATA || c->type->length < 0 || !error_shorten(l, c);
	int n = whole ? 0 : 1;

	for (const char *e = errors; *e; e += strcspn(e, " "), e += strspn(e, " "))
		n++;
	n = n ? (int)chance_below(&random, (uint64_t)n) : 0;
	for (; n && *errors; n--)
		errors += strcspn(errors, " "), errors += strspn(errors, " ");
	return *errors ? call_error(errors, (int)strcspn(errors, " ")) : ERROR_SHORT;
}

static enum trace_verdict fail(struct life *l, struct trace_call *c, bool exit)
{
	struct counting *f = l->ctx;
	char how[64];

	(void)exit;
	if (f->left < 0 || !error_at_work(f->h, l, c) || f->left-- > 0)
		return TRACE_GO;
	f->error = draw(l, c, (struct chance){ .state = f->h->o->seed + (uint64_t)f->h->point * 7919 });
	snprintf(how, sizeof how, "%s in", f->error == ERROR_SHORT ? "short" : call_error_name(f->error));
	harm_describe(f->h, l, c, how);
	l->forgiving = true;
	return error_inject(l, c, f->error);
}

static void try_point(struct harm *h)
{
	struct counting f = { h, h->point, 0 };
	struct life l = { LIFE_OF(h->o), .sets = CALL_CHANGES | CALL_FAILS,
			  .on_run = error_forgive_no_more, .hook = fail, .ctx = &f };
	char top[PATH_MAX];

	harm_top(h, top);
	life_begin(&l, top, h->o->build);
	if (life_run(&l, 30) && f.error > 0 && !error_was_told(&l, f.error))
		buf_adds(&h->notes, "said nowhere");
	harm_finish(h, &l, 0);
}

int error_calls(const struct harm_options *o)
{
	char name[100];

	if (!error_survey(o, count))
		return 1;
	snprintf(name, sizeof name, "%s, an error at a call", o->program);
	return harm_all(o, name, calls, try_point);
}
