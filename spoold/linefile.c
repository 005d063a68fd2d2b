/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub.h"
#include "io.h"

int linefile_append(int dir, const char *name, const struct buf *line, off_t *before, struct diag *d)
{
	struct stat st;
	int fd, r = -1;

	fd = openat(dir, name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return diag_errno(d, "cannot open %s", name);
	if (fstat(fd, &st) < 0) {
		diag_errno(d, "cannot stat %s", name);
	} else if (io_write_fd(fd, line->s, line->len, d) < 0) {
		int saved = errno;

		if (ftruncate(fd, st.st_size) < 0)
			hub_log("%s keeps a torn line: it will be cut off at the next start", name);
		errno = saved;
	} else {
		r = 0;
	}
	*before = r < 0 ? 0 : st.st_size;
	close(fd);
	return r;
}

static void take_back(int dir, const char *name, off_t size)
{
	int saved = errno, fd;

	fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		if (ftruncate(fd, size) < 0)
			hub_log("%s: a transition could not be taken back", name);
		close(fd);
	}
	errno = saved;
}

int linefile_move(int from, int to, const char *name, const struct buf *line, struct diag *d)
{
	off_t before = 0;

	if (linefile_append(from, name, line, &before, d) < 0)
		return -1;
	if (from == to || renameat(from, name, to, name) == 0)
		return 0;
	diag_errno(d, "cannot move %s", name);
	take_back(from, name, before);
	return -1;
}

int linefile_cut(int dir, const char *name, size_t whole, struct diag *d)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW), r = 0;

	if (fd < 0 || ftruncate(fd, (off_t)whole) < 0)
		r = diag_errno(d, "cannot cut the torn end of %s off", name);
	if (fd >= 0)
		close(fd);
	return r;
}
