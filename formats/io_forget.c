/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of io.h for a disk that has failed. */
#include "io.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of ours none lies deeper. */
enum { DEPTH_MAX = 64 };

static void forget_file(int dir, const char *name)
{
	int fd = io_open_read(dir, name, NULL);

	if (fd < 0)
		return;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

static void forget(int dir, const char *name, int depth)
{
	DIR *list = depth < DEPTH_MAX ? io_list(dir, name, NULL) : NULL;
	struct dirent *e;
	struct stat st;

	while (list && (e = readdir(list))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    fstatat(dirfd(list), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			forget(dirfd(list), e->d_name, depth + 1);
		else if (S_ISREG(st.st_mode))
			forget_file(dirfd(list), e->d_name);
	}
	if (list)
		closedir(list);
}

void io_forget_tree(int dir)
{
	forget(dir, ".", 0);
}
