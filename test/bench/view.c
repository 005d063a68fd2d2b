/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view - a mounted spool of N jobs against the same tree of real files.
 *
 *	view BIN DIR N		BIN: where spoolfs is; DIR: an empty directory
 *
 * Prints a line for each way of looking: its name, microseconds for each job
 * on the real tree, on the mount when first touched, on the mount warm, and
 * warm mount / real tree.  Warm figures are the best of several turns taken in
 * alternation, client and server on one CPU.  Needs root, or /dev/fuse.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "bench.h"
#include "io.h"
#include "jobfile.h"
#include "spool.h"

enum { TURNS = 7, SAMPLE = 20000 };

static char (*id)[UUID_TEXT];
static size_t jobs, sample;

/* --- two trees ------------------------------------------------------------- */

static void put(const char *path, const char *text, size_t len)
{
	struct diag d;

	if (io_create(AT_FDCWD, path, 0640, text, len, &d) < 0)
		bench_die(d.text);
}

static void make_job(const struct spool *s, size_t i)
{
	static const char *const users[] = { "ann", "bob", "cem" };
	struct job_record r = { .owner = 1000 + (uid_t)(i % 3), .time = 1795318420000000 + (int64_t)i };
	struct buf b = BUF_INIT;
	char body[1100], path[512];
	int n;

	n = snprintf(body, sizeof body, "name: job-%zu\ntask:\n  type: process\n  spec:\n    command: "
		     "[echo, \"%zu\"]\n# %0900d\n", i % 1000, i, 0);
	uuid_v7_new(&r.id);
	uuid_format(&r.id, id[i]);
	snprintf(r.user, sizeof r.user, "%s", users[i % 3]);
	snprintf(r.name, sizeof r.name, "job-%zu", i % 1000);
	snprintf(r.drop, sizeof r.drop, "job-%zu.yaml", i);
	snprintf(r.source, sizeof r.source, "1-2-3");
	jobfile_begin(&b, &r, body, (size_t)n);
	snprintf(path, sizeof path, "%s/jobs/%s/%s.yaml", s->path, i % 2 ? "completed" : "pending", id[i]);
	if (i % 2)
		buf_adds(&b, "--- {phase: completed, time: 2026-11-22T03:00:00.000Z, site: north, "
			 "attempt: 1, exit: 0}\n");
	put(path, b.s, b.len);
	snprintf(path, sizeof path, "real/%s", id[i]);
	if (mkdir(path, 0755) < 0)
		bench_die(path);
	snprintf(path, sizeof path, "real/%s/request.yaml", id[i]);
	put(path, body, (size_t)n);
	snprintf(path, sizeof path, "real/%s/status", id[i]);
	put(path, body, 200);
	buf_free(&b);
}

static void make_trees(void)
{
	struct spool s;
	struct diag d;

	if (spool_init("spool", &d) < 0 || spool_open(&s, "spool", SPOOL_READ, &d) < 0)
		bench_die(d.text);
	if (mkdir("real", 0755) < 0 || mkdir("mount", 0755) < 0)
		bench_die("mkdir");
	for (size_t i = 0; i < jobs; i++)
		make_job(&s, i);
	spool_close(&s);
	/* In no order that anybody could guess: as users ask. */
	srand(1);
	for (size_t i = jobs - 1; i; i--) {
		size_t k = (size_t)rand() % (i + 1);
		char t[UUID_TEXT];

		memcpy(t, id[i], UUID_TEXT);
		memcpy(id[i], id[k], UUID_TEXT);
		memcpy(id[k], t, UUID_TEXT);
	}
}

/* --- ways of looking -------------------------------------------------------- */

static void look_stat(const char *root, const char *file)
{
	char path[300];
	struct stat st;

	for (size_t i = 0; i < sample; i++) {
		snprintf(path, sizeof path, "%s/%s%s", root, id[i], file);
		if (stat(path, &st) < 0)
			bench_die(path);
	}
}

static void look_cat(const char *root, const char *file)
{
	char path[300], text[4096];
	ssize_t n;

	for (size_t i = 0; i < sample; i++) {
		int fd;

		snprintf(path, sizeof path, "%s/%s%s", root, id[i], file);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			bench_die(path);
		while ((n = read(fd, text, sizeof text)) > 0)
			;
		if (n < 0)
			bench_die(path);
		close(fd);
	}
}

static void look_list(const char *root, const char *how)
{
	DIR *d = opendir(root);
	struct dirent *e;
	struct stat st;
	size_t n = 0;

	while (d && (e = readdir(d))) {
		n++;
		if (*how == 'l' && fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			bench_die(e->d_name);
	}
	if (!d || n != jobs + 2)
		bench_die("not all jobs are listed");
	closedir(d);
}

struct way {
	const char *name;
	void (*look)(const char *root, const char *arg);
	const char *arg;
	const size_t *each;
};

static const struct way ways[] = {
	{ "list", look_list, "", &jobs },
	{ "list-long", look_list, "l", &jobs },
	{ "stat-dir", look_stat, "", &sample },
	{ "stat-file", look_stat, "/status", &sample },
	{ "cat-request", look_cat, "/request.yaml", &sample },
	{ "cat-status", look_cat, "/status", &sample },
};
enum { WAYS = sizeof ways / sizeof *ways };

static double once(const struct way *w, const char *root)
{
	int64_t begin = bench_ns();

	w->look(root, w->arg);
	return bench_since(begin) * 1e6 / (double)*w->each;
}

static void compare(const struct way *w)
{
	double cold = once(w, "mount/jobs"), real = once(w, "real"), view = cold;

	for (int i = 0; i < TURNS; i++) {
		double r = once(w, "real"), v = once(w, "mount/jobs");

		real = r < real ? r : real;
		view = v < view ? v : view;
	}
	printf("%-12s %8.2f %8.2f %8.2f %6.2f\n", w->name, real, cold, view, view / real);
}

/* --- the mount ---------------------------------------------------------------- */

static void run(const char *bin, const char *program, char *const argv[])
{
	char path[600];
	pid_t pid = fork();

	if (pid == 0) {
		snprintf(path, sizeof path, "%s/%s", bin, program);
		execvp(*bin ? path : program, argv);
		bench_die(path);
	}
	bench_join(pid);
}

static void pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof one, &one) < 0)
		bench_die("sched_setaffinity");
}

int main(int argc, char **argv)
{
	char *mount[] = { "spoolfs", "spool", "mount", NULL };
	char *unmount[] = { "fusermount3", "-u", "mount", NULL };
	char *bin;

	if (argc != 4 || !(jobs = strtoul(argv[3], NULL, 10)))
		bench_die("usage: view BIN DIR N");
	bin = realpath(argv[1], NULL);
	if (!bin || chdir(argv[2]) < 0)
		bench_die(argv[2]);
	sample = jobs < SAMPLE ? jobs : SAMPLE;
	id = calloc(jobs, UUID_TEXT);
	make_trees();
	pin();
	run(bin, "spoolfs", mount);
	/* by-name waits until all job files have been read. */
	if (access("mount/by-name/job-0", F_OK) < 0)
		bench_die("mount/by-name/job-0");
	for (size_t i = 0; i < WAYS; i++)
		compare(&ways[i]);
	run("", "fusermount3", unmount);
	free(bin);
	free(id);
	return 0;
}
