/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * take - move job files into an inbox and wait until the hub has dealt with all.
 *
 *	take STAGING SPOOL N		until N more are assigned in messages that show
 *	take -p STAGING SPOOL		until all have left the inbox: durable, not placed
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

/* How many lines the message says it has; -1: it is not there yet. */
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

static bool inbox_empty(void)
{
	DIR *list = fdopendir(openat(it.spool.inbox, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *e;
	bool empty = true;

	while (empty && (e = readdir(list)))
		empty = e->d_name[0] == '.';
	closedir(list);
	return empty;
}

int main(int argc, char **argv)
{
	struct timespec pause = { 0, 2000000 };
	bool pending = argc == 4 && !strcmp(argv[1], "-p");
	const char *staging = argv[pending ? 2 : 1], *path = argv[pending ? 3 : 2];
	struct diag d = DIAG_INIT;
	char inbox[4096];
	int64_t start;
	long left;
	pid_t mover;

	if (argc != 4)
		bench_die("take STAGING SPOOL N, or take -p STAGING SPOOL");
	if (spool_open(&it.spool, path, SPOOL_READ, &d) < 0)
		bench_die(d.text);
	left = pending ? 0 : atol(argv[3]);
	if (!pending) {
		find_boxes();
		new_lines();
	}
	snprintf(inbox, sizeof inbox, "%s/inbox", path);
	start = bench_ns();
	mover = move_begin(staging, inbox);
	if (pending)
		bench_join(mover);
	while (pending ? !inbox_empty() : (left -= new_lines()) > 0)
		nanosleep(&pause, NULL);
	printf("%.6f\n", bench_since(start));
	if (!pending)
		bench_join(mover);
	spool_close(&it.spool);
	return 0;
}
