/* SPDX-License-Identifier: GPL-2.0-or-later */
/* move - somebody who moves files into an inbox one by one, and looks whether they are gone. */
#ifndef TEST_BENCH_MOVE_H
#define TEST_BENCH_MOVE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>

#include "bench.h"

static inline int move_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		bench_die(path);
	return fd;
}

/* In a child, so that whoever empties the inbox works at the same time. */
static inline pid_t move_begin(const char *from, const char *to)
{
	int in = move_open(from), out = move_open(to);
	pid_t pid = fork();
	struct dirent *e;
	DIR *list;

	if (pid < 0)
		bench_die("fork");
	if (pid == 0) {
		list = fdopendir(in);
		while ((e = readdir(list)))
			if (e->d_name[0] != '.' && renameat(in, e->d_name, out, e->d_name) < 0)
				bench_die(e->d_name);
		_exit(0);
	}
	close(in);
	close(out);
	return pid;
}

static inline bool move_none_left(int dir)
{
	DIR *list = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *e;
	bool none = true;

	if (!list)
		bench_die("a directory of the spool");
	while (none && (e = readdir(list)))
		none = e->d_name[0] == '.';
	closedir(list);
	return none;
}

#endif
