/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "harm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chance.h"
#include "io.h"

enum { LIFE_SECONDS = 30, LONG_LIFE_SECONDS = 100, MOST_LINES = 8 };

/* --- one point --------------------------------------------------------------------- */

void harm_top(struct harm *h, char top[PATH_MAX])
{
	snprintf(top, PATH_MAX, "%.4000s/life", h->dir);
	io_remove_tree(AT_FDCWD, top, NULL);
}

bool harm_concerns(const struct harm *h, const struct life *l, const struct trace_call *c)
{
	size_t n = strlen(l->top);

	if (h->o->program && strcmp(c->program, h->o->program))
		return false;
	if (!strncmp(c->path, "/sys/fs/cgroup/", 15))
		return true;
	return !strncmp(c->path, l->top, n) && !strncmp(c->path + n, "/disk", 5);
}

void harm_describe(struct harm *h, const struct life *l, const struct trace_call *c, const char *how)
{
	size_t n = strlen(l->top) + strlen("/disk/"), had = strlen(h->what);
	const char *path = strlen(c->path) > n ? c->path + n : c->path;
	const char *path2 = strlen(c->path2) > n ? c->path2 + n : c->path2;

	if (had)
		had += (size_t)snprintf(h->what + had, sizeof h->what - had, "; then ");
	if (had >= sizeof h->what)
		return;
	snprintf(h->what + had, sizeof h->what - had, "%s %s %s %s%s%s", c->program, how, c->type->name, path,
		 *path2 ? " to " : "", path2);
}

void harm_finish(struct harm *h, struct life *l, int flags)
{
	/* What was killed twice while it measured a dataset is tried again after a minute. */
	bool ended = life_run(l, h->o->kills > 1 ? LONG_LIFE_SECONDS : LIFE_SECONDS);

	if (!ended)
		buf_addf(&h->wrong, "it does not come to an end\n");
	else
		life_afterwards(l);
	/* It may have struck as late as that. */
	l->hook = NULL;
	if (ended)
		life_afterwards(l);
	life_rest(l);
	judge(l, flags, &h->wrong);
	life_end(l);
	if (h->wrong.len && h->o->keep) {
		char kept[PATH_MAX];

		snprintf(kept, sizeof kept, "%.4000s/kept-%ld", h->dir, h->point);
		rename(l->top, kept);
	} else {
		io_remove_tree(AT_FDCWD, l->top, NULL);
	}
}

void harm_not(struct harm *h)
{
	struct life l = { LIFE_OF(h->o) };
	char top[PATH_MAX];

	harm_top(h, top);
	life_begin(&l, top, h->o->build);
	snprintf(h->what, sizeof h->what, "nothing is done");
	harm_finish(h, &l, JUDGE_ONE_ATTEMPT);
}

/* --- many points ------------------------------------------------------------------------ */

struct tally { long tried, missed, wrong; };

static void report(const struct harm *h)
{
	int lines = 0;

	printf("# point %ld: %s\n", h->point, h->what[0] ? h->what : "not reached");
	for (const char *p = h->wrong.s; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (++lines <= MOST_LINES)
			printf("#     %.*s\n", (int)strcspn(p, "\n"), p);
	if (lines > MOST_LINES)
		printf("#     and %d lines more\n", lines - MOST_LINES);
	if (h->o->keep && h->wrong.len)
		printf("#     kept in %s/kept-%ld\n", h->dir, h->point);
	if (h->o->verbose && h->notes.len)
		printf("#     %s\n", h->notes.s);
	fflush(stdout);
}

static void try_one(struct harm *h, harm_try *try, struct tally *t)
{
	h->what[0] = '\0';
	buf_reset(&h->wrong);
	buf_reset(&h->notes);
	try(h);
	t->tried++;
	t->missed += !h->what[0];
	t->wrong += h->wrong.len > 0;
	if (h->wrong.len || h->o->verbose)
		report(h);
}

/* Worker w of o->workers: every o->workers-th of the points. */
static void work(const struct harm_options *o, const char *top, int w, const long *point, long n,
		 harm_try *try, int out)
{
	struct harm h = { .o = o, .wrong = BUF_INIT, .notes = BUF_INIT };
	struct tally t = { 0 };

	snprintf(h.dir, sizeof h.dir, "%.4000s/%d", top, w);
	mkdir(h.dir, 0755);
	for (long i = w; i < n; i += o->workers) {
		h.point = point[i];
		try_one(&h, try, &t);
	}
	if (write(out, &t, sizeof t) != sizeof t)
		_exit(70);
	buf_free(&h.wrong);
	buf_free(&h.notes);
}

/* All, one, or a random choice without repeats, in ascending order. */
static long choose(const struct harm_options *o, long points, long *point)
{
	struct chance c = { .state = o->seed };
	long want = o->sample && o->sample < points ? o->sample : points, n = 0;

	if (o->only >= 0) {
		point[0] = o->only;
		return 1;
	}
	if (o->parts) {
		for (long i = o->part; i < points; i += o->parts)
			point[n++] = i;
		return n;
	}
	for (long i = 0; i < points; i++)
		if ((long)chance_below(&c, (uint64_t)(points - i)) < want - n)
			point[n++] = i;
	return n;
}

static pid_t start_worker(const struct harm_options *o, const char *top, int w, const long *point,
			  long n, harm_try *try, int out)
{
	pid_t pid = fork();

	if (pid == 0) {
		work(o, top, w, point, n, try, out);
		_exit(0);
	}
	return pid;
}

static bool run_workers(const struct harm_options *o, const char *top, const long *point, long n,
			harm_try *try, struct tally *sum)
{
	struct tally t;
	int fd[2], status;
	bool good = true;

	fflush(stdout);
	if (pipe2(fd, O_CLOEXEC) < 0)
		return false;
	for (int w = 0; w < o->workers; w++)
		if (start_worker(o, top, w, point, n, try, fd[1]) < 0)
			good = false;
	close(fd[1]);
	while (read(fd[0], &t, sizeof t) == sizeof t) {
		sum->tried += t.tried;
		sum->missed += t.missed;
		sum->wrong += t.wrong;
	}
	close(fd[0]);
	while (wait(&status) > 0)
		good &= status == 0;
	return good;
}

int harm_all(const struct harm_options *o, const char *name, long points, harm_try *try)
{
	const char *tmp = getenv("TMPDIR");
	long *point = calloc((size_t)points + 1, sizeof *point), n;
	struct tally sum = { 0 };
	char top[PATH_MAX];
	double start = trace_clock();
	bool good;

	snprintf(top, sizeof top, "%s/fault.XXXXXX", tmp ? tmp : "/tmp");
	if (!point || !mkdtemp(top)) {
		fprintf(stderr, "%s: %s\n", top, strerror(errno));
		free(point);
		return 70;
	}
	n = choose(o, points, point);
	good = run_workers(o, top, point, n, try, &sum);
	free(point);
	printf("# %s, a life of %s%s%s: %ld of %ld points tried (seed %ju), %ld not reached, "
	       "%ld went wrong; %.0f s\n", name, o->kind->name, o->watch ? " while all stay" : "",
	       o->rsync ? ", over rsync" : "", sum.tried, points, (uintmax_t)o->seed, sum.missed, sum.wrong,
	       trace_clock() - start);
	if (!o->keep)
		io_remove_tree(AT_FDCWD, top, NULL);
	if (!good || sum.tried != n)
		printf("# a worker did not come to its end\n");
	return sum.wrong || !good || sum.tried != n;
}
