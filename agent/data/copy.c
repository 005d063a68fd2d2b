/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

enum { DEPTH_MAX = 128 };

static int copy_any(int from_dir, const char *from, int to_dir, const char *to, int depth,
		    struct diag *d);

static int copy_entries(int from, int to, int depth, struct diag *d)
{
	int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!list) {
		if (fd >= 0)
			close(fd);
		return diag_errno(d, "cannot list a directory");
	}
	while (!rc && (errno = 0, e = readdir(list))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		rc = copy_any(from, e->d_name, to, e->d_name, depth + 1, d);
	}
	if (!rc && errno)
		rc = diag_errno(d, "cannot list a directory");
	closedir(list);
	return rc;
}

static int copy_dir(int from_dir, const char *from, int to_dir, const char *to, int depth,
		    struct diag *d)
{
	int a, b = -1, rc = -1;

	if (depth > DEPTH_MAX)
		return diag_set(d, "%s: directories nested more than %d deep", from, DEPTH_MAX);
	a = io_opendir(from_dir, from, d);
	if (a < 0)
		return -1;
	if (io_mkdir(to_dir, to, 0755, d) == 0)
		b = io_opendir(to_dir, to, d);
	if (b >= 0) {
		rc = copy_entries(a, b, depth, d);
		close(b);
	}
	close(a);
	return rc;
}

static int copy_any(int from_dir, const char *from, int to_dir, const char *to, int depth,
		    struct diag *d)
{
	struct stat st;

	if (fstatat(from_dir, from, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return diag_errno(d, "cannot stat %s", from);
	if (S_ISDIR(st.st_mode))
		return copy_dir(from_dir, from, to_dir, to, depth, d);
	if (S_ISREG(st.st_mode))
		return io_copy(from_dir, from, to_dir, to, 0444, d);
	return diag_set(d, "%s is neither a regular file nor a directory", from);
}

int copy_tree(int from_dir, const char *from, int to_dir, const char *to, struct diag *d)
{
	return copy_any(from_dir, from, to_dir, to, 0, d);
}
