/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From just before rename(2) in one process to the return of poll(2) in the
 * main loop of another, three ways, in turns, in one run:
 *
 *	raw	inotify(7): poll on its descriptor, read the event
 *	direct	libinotifytools, called by the main loop when its descriptor is
 *		readable, until it has nothing read ahead any more
 *	watch	formats/watch.h: a thread inside libinotifytools, an eventfd
 *
 * Then, for raw and watch: what a storm of renames costs in CPU time, and how
 * many of them were told one by one; what adding a watch costs; and what the
 * library keeps for each directory that was deleted while it was watched.
 *
 *	watch_latency [ROUNDS]		each round is 400 renames for each way
 */
#include <errno.h>
#include <fcntl.h>
#include <inotifytools/inotifytools.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "watch.h"

enum way { RAW, DIRECT, WATCH, WAYS };
enum { EACH = 400, ROUNDS_MAX = 100, STORM = 100000, PILE = 5000 };

static const char *const way_name[WAYS] = { "raw", "direct", "watch" };
static char top[] = "/tmp/watch-bench-XXXXXX";
static int top_fd;

static struct shared {
	_Atomic int seen;		/* the number of the last rename that was noticed */
	_Atomic int64_t before;		/* when the latest rename was begun, ns */
} *shared;

static struct sample { double us[WAYS][ROUNDS_MAX * EACH]; int n[WAYS]; } sample;

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "watch_latency: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- the three ways: open, and notice one rename ---------------------------------- */

static struct watch *w;
static int fd = -1;

static void way_open(enum way way)
{
	struct diag d;

	if (way == RAW) {
		fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		if (fd < 0 || inotify_add_watch(fd, top, IN_MOVED_TO) < 0)
			die("inotify");
	} else if (way == DIRECT) {
		/* The library's descriptor is the lowest free one. */
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		close(fd);
		if (!inotifytools_initialize() || !inotifytools_watch_file(top, IN_MOVED_TO))
			die("libinotifytools");
	} else {
		w = watch_open(&d);
		if (!w || watch_add(w, top, WATCH_ARRIVED, 1, &d) < 0)
			die(d.text);
		fd = watch_fd(w);
	}
}

/* Take what there is; returns how many names were told. */
static int way_take(enum way way)
{
	static char text[65536];
	struct watch_hint h[4];
	ssize_t got;
	int n = 0;

	if (way == RAW) {
		got = read(fd, text, sizeof(text));
		for (ssize_t i = 0; i < got; n++)
			i += (ssize_t)sizeof(struct inotify_event) +
			     ((struct inotify_event *)(void *)(text + i))->len;
	} else if (way == DIRECT) {
		while (inotifytools_next_events(0, 1))
			n++;
	} else {
		int k = watch_take(w, h, 4);

		for (int i = 0; i < k; i++)
			n += h[i].n_names;
	}
	return n;
}

static void way_close(enum way way)
{
	if (way == RAW)
		close(fd);
	else if (way == DIRECT)
		inotifytools_cleanup();
	else
		watch_close(w);
}

static void rename_once(void)
{
	static bool turn;

	if (renameat(top_fd, turn ? "b" : "a", top_fd, turn ? "a" : "b") < 0)
		die("rename");
	turn = !turn;
}

/* --- latency ------------------------------------------------------------------------ */

/* Each rename only when the last one was noticed and all have gone to sleep. */
static void writer(int n)
{
	struct timespec pause = { 0, 300000 };

	for (int i = 1; i <= n; i++) {
		shared->before = now();
		rename_once();
		do
			nanosleep(&pause, NULL);
		while (shared->seen < i);
	}
	_exit(0);
}

static void measure(enum way way)
{
	struct pollfd p = { .events = POLLIN };
	int done = 0;
	pid_t child;

	way_open(way);
	p.fd = fd;
	shared->seen = 0;
	child = fork();
	if (!child)
		writer(EACH);
	while (done < EACH) {
		int64_t t;

		if (poll(&p, 1, 5000) != 1)
			die("an event was lost");
		t = now();
		if (!way_take(way))
			continue;
		sample.us[way][sample.n[way]++] = (double)(t - shared->before) / 1e3;
		shared->seen = ++done;
	}
	waitpid(child, NULL, 0);
	way_close(way);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(void)
{
	printf("%-8s %8s %8s %8s %8s   us, rename(2) to poll(2)\n", "", "p50", "p90", "p99", "max");
	for (int i = 0; i < WAYS; i++) {
		int n = sample.n[i];

		qsort(sample.us[i], (size_t)n, sizeof(double), by_value);
		printf("%-8s %8.1f %8.1f %8.1f %8.1f\n", way_name[i], sample.us[i][n / 2],
		       sample.us[i][n * 9 / 10], sample.us[i][n * 99 / 100],
		       sample.us[i][n - 1]);
	}
}

/* --- a storm ------------------------------------------------------------------------- */

static double cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static void storm(enum way way)
{
	struct pollfd p = { .events = POLLIN };
	int told = 0, wakes = 0, status = -1;
	double cpu = cpu_ms();
	int64_t start = now();
	pid_t child;

	way_open(way);
	p.fd = fd;
	child = fork();
	if (!child) {
		for (int i = 0; i < STORM; i++)
			rename_once();
		_exit(0);
	}
	while (poll(&p, 1, status < 0 ? 20 : 200) == 1 || status < 0) {
		if (p.revents)
			told += way_take(way);
		wakes++;
		p.revents = 0;
		if (status < 0 && waitpid(child, &status, WNOHANG) != child)
			status = -1;
	}
	printf("%-8s %d renames in %.0f ms: %d names told, %d wakes, %.0f ms of CPU\n",
	       way_name[way], STORM, (double)(now() - start) / 1e6, told, wakes, cpu_ms() - cpu);
	way_close(way);
}

/* --- the cost of watches --------------------------------------------------------------- */

static size_t memory(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks;
}

static void additions(void)
{
	char name[64], path[128];
	struct diag d;
	int64_t start, adding;
	size_t before;

	way_open(WATCH);
	for (int i = 0; i < PILE; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		mkdirat(top_fd, name, 0755);
	}
	before = memory();
	start = now();
	for (int i = 0; i < PILE; i++) {
		snprintf(path, sizeof(path), "%s/d%d", top, i);
		if (watch_add(w, path, WATCH_WRITTEN, 2, &d) < 0)
			die(d.text);
	}
	adding = now() - start;
	printf("watch    %d additions: %.1f us and %zu bytes each\n", PILE,
	       (double)adding / 1e3 / PILE, (memory() - before) / PILE);
	for (int i = 0; i < PILE; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		unlinkat(top_fd, name, AT_REMOVEDIR);
	}
	watch_remove(w, 2);
	printf("watch    kept for each directory deleted while watched: %zu bytes\n",
	       (memory() - before) / PILE);
	way_close(WATCH);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 5;
	struct diag d;
	int f;

	if (rounds < 1 || rounds > ROUNDS_MAX || !mkdtemp(top))
		die("watch_latency [ROUNDS], 1 to 100");
	top_fd = open(top, O_PATH | O_CLOEXEC);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	f = openat(top_fd, "a", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (shared == MAP_FAILED || f < 0)
		die(top);
	close(f);
	for (int i = 0; i < rounds; i++)
		for (int way = 0; way < WAYS; way++) {
			measure(way);
			/* The writer counted its renames in its own copy of us. */
			if (faccessat(top_fd, "a", F_OK, 0) < 0)
				die("an odd number of renames");
		}
	report();
	storm(RAW);
	storm(WATCH);
	additions();
	io_remove_tree(AT_FDCWD, top, &d);
	return 0;
}
