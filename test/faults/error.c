/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error - system calls fail, or write less than they were asked to.
 *
 * A call site is told by program, call, and the path with numbers and ids left
 * out; an unharmed life tells which there are.  A point is a call site with one
 * of the errors that suit the call, made once or as long as the process lives.
 * Short writes must not be noticed at all.  An error has to be told somewhere,
 * or must not matter: that it was told is looked for in all logs.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "chance.h"
#include "error.h"
#include "io.h"

enum { SITES = 4000, STICKY_SECONDS = 2 };

struct site {
	char program[32];
	const struct call_type *type;
	char path[512];			/* numbers and ids as '#' */
	int count;
};

struct point { int site, error; bool sticky; };

static struct site sites[SITES];
static int site_count;
static struct point *points;
static long point_count;

/* --- call sites -------------------------------------------------------------------- */

static bool in_id(const char *p)
{
	return isxdigit((unsigned char)*p) || *p == '-';
}

/* Runs of digits, and what looks like a UUID or a digest, become '#'. */
static void blur(const char *path, char *out, size_t size)
{
	size_t n = 0;

	while (*path && n < size - 1) {
		size_t len = 0, digits = 0;

		while (in_id(path + len))
			digits += isdigit((unsigned char)path[len++]) != 0;
		if (len >= 16 || (len && digits == len)) {
			out[n++] = '#';
			path += len;
		} else {
			out[n++] = *path++;
		}
	}
	out[n] = '\0';
}

static void site_of(const struct life *l, const struct trace_call *c, struct site *s)
{
	size_t n = strlen(l->top);
	const char *path = strncmp(c->path, l->top, n) ? c->path : c->path + n;

	snprintf(s->program, sizeof s->program, "%.31s", c->program);
	s->type = c->type;
	blur(path, s->path, sizeof s->path);
}

static bool same(const struct site *a, const struct site *b)
{
	return a->type == b->type && !strcmp(a->program, b->program) && !strcmp(a->path, b->path);
}

bool error_at_work(const struct harm *h, const struct life *l, const struct trace_call *c)
{
	static pid_t working[64];
	static int turn;
	bool file = c->path[0], ours = file && harm_concerns(h, l, c);

	if (strcmp(c->program, h->o->program))
		return false;
	if (ours && strncmp(c->path + strlen(l->top), "/disk", 5))
		return false;
	if (ours) {
		for (int i = 0; i < 64; i++)
			if (working[i] == c->pid)
				return true;
		working[turn++ & 63] = c->pid;
		return true;
	}
	if (file || c->type->kind != CALL_OTHER || c->type->fd >= 0)
		return false;
	for (int i = 0; i < 64; i++)
		if (working[i] == c->pid)
			return true;
	return false;
}

static enum trace_verdict collect(struct life *l, struct trace_call *c, bool exit)
{
	struct site s = { .count = 1 };

	(void)exit;
	if (!error_at_work(l->ctx, l, c))
		return TRACE_GO;
	site_of(l, c, &s);
	for (int i = 0; i < site_count; i++)
		if (same(&sites[i], &s)) {
			sites[i].count++;
			return TRACE_GO;
		}
	if (site_count < SITES)
		sites[site_count++] = s;
	return TRACE_GO;
}

static void add_point(int site, int error, bool sticky)
{
	points = realloc(points, (size_t)(point_count + 1) * sizeof *points);
	if (!points)
		abort();
	points[point_count++] = (struct point){ site, error, sticky };
}

/* All that suit the call; with random, one of them. */
static void add_points(int site, struct chance *random)
{
	const char *e = sites[site].type->errors;
	long first = point_count;

	for (size_t len; *e; e += len, e += strspn(e, " ")) {
		len = strcspn(e, " ");
		add_point(site, call_error(e, (int)len), false);
		if (sites[site].count > 1)
			add_point(site, call_error(e, (int)len), true);
	}
	if (sites[site].type->length >= 0 && sites[site].type->kind == CALL_DATA)
		add_point(site, ERROR_SHORT, true);
	if (random && point_count > first) {
		points[first] = points[first + (long)chance_below(random, (uint64_t)(point_count - first))];
		point_count = first + 1;
	}
}

/* --- striking ------------------------------------------------------------------------- */

struct failing {
	struct harm *h;
	const struct point *p;
	bool done;
	pid_t pid;			/* sticky: only in this process, and not for ever: */
	double since;
};

enum trace_verdict error_inject(struct life *l, const struct trace_call *c, int error)
{
	l->trace.error = error;
	if (c->type->number == SYS_brk)
		l->trace.length = 0;
	return error == ERROR_SHORT || c->type->number == SYS_brk ? TRACE_SHORT : TRACE_FAIL;
}

bool error_shorten(struct life *l, const struct trace_call *c)
{
	uint64_t n = c->arg[(int)c->type->length];

	l->trace.length = n / 2;
	return n > 1;
}

static enum trace_verdict fail(struct life *l, struct trace_call *c, bool exit)
{
	struct failing *f = l->ctx;
	struct site s = { .count = 0 };
	char how[64];

	(void)exit;
	if (!error_at_work(f->h, l, c) || (f->done && (!f->p->sticky || c->pid != f->pid ||
						 trace_clock() - f->since > STICKY_SECONDS)))
		return TRACE_GO;
	site_of(l, c, &s);
	if (!same(&sites[f->p->site], &s) || (f->p->error == ERROR_SHORT && !error_shorten(l, c)))
		return TRACE_GO;
	if (!f->done) {
		f->since = trace_clock();
		snprintf(how, sizeof how, "%s %s in", f->p->error == ERROR_SHORT ? "short" :
			 call_error_name(f->p->error), f->p->sticky ? "each time" : "once");
		harm_describe(f->h, l, c, how);
	}
	f->done = l->forgiving = true;
	f->pid = c->pid;
	return error_inject(l, c, f->p->error);
}

void error_forgive_no_more(struct life *l)
{
	/* Who stays may stop much later for it. */
	l->forgiving = l->forgiving && l->watch;
}

bool error_was_told(const struct life *l, int error)
{
	static const char *const logs[] = { "log", "disk/north/log", "disk/south/log" };
	bool told = false;

	for (size_t i = 0; i < sizeof logs / sizeof *logs && !told; i++) {
		struct buf text = life_read(l, logs[i]);

		told = strstr(text.s, strerror(error));
		buf_free(&text);
	}
	return told;
}

static void try_point(struct harm *h)
{
	struct failing f = { .h = h, .p = &points[h->point] };
	struct life l = { LIFE_OF(h->o), .sets = CALL_CHANGES | CALL_FAILS,
			  .on_run = error_forgive_no_more, .hook = fail, .ctx = &f };
	char top[PATH_MAX];
	bool ended;

	harm_top(h, top);
	life_begin(&l, top, h->o->build);
	ended = life_run(&l, 30);
	if (ended && f.done && f.p->error != ERROR_SHORT && !error_was_told(&l, f.p->error))
		buf_adds(&h->notes, "said nowhere");
	harm_finish(h, &l, 0);
}

/* --- which are there ---------------------------------------------------------------------- */

bool error_survey(const struct harm_options *o, life_hook *hook)
{
	struct harm h = { .o = o, .wrong = BUF_INIT, .notes = BUF_INIT };
	struct life l = { LIFE_OF(o), .sets = CALL_CHANGES | CALL_FAILS, .hook = hook, .ctx = &h };
	const char *tmp = getenv("TMPDIR");
	char top[PATH_MAX];
	bool good;

	snprintf(h.dir, sizeof h.dir, "%.3000s/fault.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(h.dir))
		return false;
	harm_top(&h, top);
	life_begin(&l, top, o->build);
	harm_finish(&h, &l, JUDGE_ONE_ATTEMPT);
	good = !h.wrong.len;
	if (!good)
		printf("# unharmed, this comes out:\n# %s\n", h.wrong.s);
	buf_free(&h.wrong);
	rmdir(h.dir);
	return good;
}

int error_all(const struct harm_options *o)
{
	struct chance random = { .state = o->seed };
	char name[100];

	if (!error_survey(o, collect))
		return 1;
	for (int i = 0; i < site_count; i++)
		add_points(i, o->each ? &random : NULL);
	snprintf(name, sizeof name, "%s, errors at %d call sites", o->program, site_count);
	return harm_all(o, name, point_count, try_point);
}
