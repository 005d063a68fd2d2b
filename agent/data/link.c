/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

enum { DEPTH_MAX = 128 };

struct linking {
	bool *clones, copy;
	int left;			/* so many names more */
	struct diag *d;
};

static int link_any(struct linking *l, int from_dir, const char *from, int to_dir, const char *to,
		    int depth);

/* 0; 1: there is no such thing here; -1. */
static int clone_file(struct linking *l, int from_dir, const char *from, int to_dir, const char *to)
{
	int in = io_open_read(from_dir, from, l->d), out, rc = 0;

	if (in < 0)
		return -1;
	out = openat(to_dir, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
	if (out < 0) {
		rc = diag_errno(l->d, "cannot create %s", to);
	} else if (ioctl(out, FICLONE, in) < 0) {
		rc = errno == ENOSPC || errno == EDQUOT || errno == EIO
			? diag_errno(l->d, "cannot clone %s", from) : 1;
		unlinkat(to_dir, to, 0);
	}
	if (out >= 0)
		close(out);
	close(in);
	return rc;
}

static int link_file(struct linking *l, int from_dir, const char *from, int to_dir, const char *to)
{
	int rc = *l->clones ? clone_file(l, from_dir, from, to_dir, to) : 1;

	if (rc <= 0)
		return rc;
	*l->clones = false;
	if (l->copy)
		return io_copy(from_dir, from, to_dir, to, 0444, l->d);
	if (linkat(from_dir, from, to_dir, to, 0) == 0)
		return 0;
	/* EPERM: not every file system has links; EMLINK: it has as many as may be. */
	if (errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP)
		return 1;
	return diag_errno(l->d, "cannot link %s", from);
}

static int link_entries(struct linking *l, int from, int to, int depth)
{
	DIR *list = io_list(from, ".", l->d);
	struct dirent *e;
	int rc = 0;

	if (!list)
		return -1;
	while (!rc && (errno = 0, e = readdir(list)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			rc = link_any(l, from, e->d_name, to, e->d_name, depth + 1);
	if (!rc && errno)
		rc = diag_errno(l->d, "cannot list a directory");
	closedir(list);
	return rc;
}

static int link_dir(struct linking *l, int from_dir, const char *from, int to_dir, const char *to,
		    int depth)
{
	int a, b = -1, rc = -1;

	if (depth > DEPTH_MAX)
		return 1;
	a = io_opendir(from_dir, from, l->d);
	if (a < 0)
		return -1;
	if (io_mkdir(to_dir, to, 0755, l->d) == 0)
		b = io_opendir(to_dir, to, l->d);
	if (b >= 0) {
		rc = link_entries(l, a, b, depth);
		close(b);
	}
	close(a);
	return rc;
}

static int link_any(struct linking *l, int from_dir, const char *from, int to_dir, const char *to,
		    int depth)
{
	struct stat st;

	if (!l->left--)
		return 1;
	if (fstatat(from_dir, from, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return diag_errno(l->d, "cannot stat %s", from);
	if (S_ISDIR(st.st_mode))
		return link_dir(l, from_dir, from, to_dir, to, depth);
	return link_file(l, from_dir, from, to_dir, to);
}

int link_tree(int from_dir, const char *from, int to_dir, const char *to, bool *clones,
	      bool copy, struct diag *d)
{
	struct linking l = { clones, copy, LINK_MAX_FILES, d };
	int rc = link_any(&l, from_dir, from, to_dir, to, 0);

	if (rc)
		(void)!io_remove_tree(to_dir, to, NULL);
	return rc;
}
