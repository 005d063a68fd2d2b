/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * take - move job files into an inbox and wait until the hub has dealt with all.
 *
 *	take STAGING SPOOL assigned N	until N more are assigned in messages that show
 *	take STAGING SPOOL taken	until all have left the inbox: durable, not placed
 *	take STAGING SPOOL done		until no job is left that has not ended
 *
 * Prints the seconds from the first rename on.
 */
#include <stdbool.h>

#include "io.h"
#include "mailbox.h"
#include "move.h"
#include "spool.h"

struct box { int dir; uint64_t seen; };

static struct { struct spool spool; struct box *box; size_t boxes; } it;

/* --- assigned: the end of every message says how many lines it has ------------------ */

static void find_boxes(void)
{
	DIR *list = fdopendir(openat(it.spool.sites, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *e;
	char path[300];

	while (list && (e = readdir(list))) {
		if (e->d_name[0] == '.')
			continue;
		it.box = realloc(it.box, (it.boxes + 1) * sizeof *it.box);
		snprintf(path, sizeof path, "%s/down", e->d_name);
		it.box[it.boxes++] = (struct box){ io_opendir(it.spool.sites, path, NULL), 0 };
	}
	if (!list || !it.boxes)
		bench_die("the spool has no sites");
	closedir(list);
}

/* -1: the message is not there yet. */
static long lines_of(int dir, uint64_t number)
{
	char name[MAILBOX_NAME], tail[65];
	const char *at;
	ssize_t n;
	off_t size;
	int fd;

	mailbox_name(number, name);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	size = lseek(fd, 0, SEEK_END);
	n = pread(fd, tail, 64, size > 64 ? size - 64 : 0);
	close(fd);
	tail[n > 0 ? n : 0] = '\0';
	at = strstr(tail, "lines: ");
	return at ? atol(at + 7) : 0;
}

static long new_lines(void)
{
	long lines = 0, more;

	for (size_t i = 0; i < it.boxes; i++)
		while ((more = lines_of(it.box[i].dir, it.box[i].seen + 1)) >= 0) {
			it.box[i].seen++;
			lines += more;
		}
	return lines;
}

/* --- taken, done: nothing lies where it should not ------------------------------------ */

/* Jobs move towards the end only, so that looking once at each will do. */
static void wait_until_empty(bool done)
{
	struct timespec pause = { 0, 2000000 };

	while (!move_none_left(it.spool.inbox))
		nanosleep(&pause, NULL);
	for (int p = 0; done && !phase_final((enum phase)p); p++)
		while (!move_none_left(it.spool.jobs[p]))
			nanosleep(&pause, NULL);
}

static void wait_until_assigned(long n)
{
	struct timespec pause = { 0, 2000000 };

	while ((n -= new_lines()) > 0)
		nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
	bool assigned = argc == 5 && !strcmp(argv[3], "assigned");
	bool done = argc == 4 && !strcmp(argv[3], "done");
	struct diag d = DIAG_INIT;
	char inbox[4096];
	int64_t start;
	pid_t mover;

	if (!assigned && !done && (argc != 4 || strcmp(argv[3], "taken")))
		bench_die("take STAGING SPOOL assigned N | taken | done");
	if (spool_open(&it.spool, argv[2], SPOOL_READ, &d) < 0)
		bench_die(d.text);
	if (assigned) {
		find_boxes();
		new_lines();
	}
	snprintf(inbox, sizeof inbox, "%s/inbox", argv[2]);
	start = bench_ns();
	mover = move_begin(argv[1], inbox);
	if (assigned) {
		wait_until_assigned(atol(argv[4]));
	} else {
		bench_join(mover);
		wait_until_empty(done);
	}
	printf("%.6f\n", bench_since(start));
	if (assigned)
		bench_join(mover);
	spool_close(&it.spool);
	return 0;
}
