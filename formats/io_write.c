/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of io.h that writes: create, publish, append. */
#include "io_part.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int io_write_all(int fd, const char *name, const void *bytes, size_t n, struct diag *d)
{
	const char *p = bytes;

	while (n) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (!put)
			errno = EIO;
		if (put <= 0)
			return diag_errno(d, "cannot write %s", name);
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

int io_write_fd(int fd, const void *bytes, size_t n, struct diag *d)
{
	return io_write_all(fd, "the output", bytes, n, d);
}

void io_unlink_quietly(int dir, const char *name)
{
	int saved = errno;

	unlinkat(dir, name, 0);
	errno = saved;
}

static int open_excl(int dir, const char *name, mode_t mode)
{
	int fd;

	do
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int io_open_new(int dir, const char *name, mode_t mode, int flags, struct diag *d)
{
	struct stat st;
	int fd = open_excl(dir, name, mode);

	/*
	 * Left over by a writer that was killed.  Removed, not truncated: it
	 * may be the second name of a file published by link(2).
	 */
	if (fd < 0 && errno == EEXIST && flags & IO_REPLACE && !unlinkat(dir, name, 0))
		fd = open_excl(dir, name, mode);
	if (fd < 0)
		return diag_errno(d, "cannot create %s", name);
	if (!fstat(fd, &st) && ((st.st_mode & mode) == mode || !fchmod(fd, st.st_mode | mode)))
		return fd;
	diag_errno(d, "cannot set the mode of %s", name);
	io_unlink_quietly(dir, name);
	io_close_quietly(fd);
	return -1;
}

int io_finish(int fd, const char *name, struct diag *d)
{
	if (!close(fd) || errno == EINTR)
		return 0;
	return diag_errno(d, "cannot write %s", name);
}

int io_end_new(int dir, int fd, const char *name, int rc, struct diag *d)
{
	if (rc)
		io_close_quietly(fd);
	else
		rc = io_finish(fd, name, d);
	if (rc)
		io_unlink_quietly(dir, name);
	return rc;
}

static int create_filled(int dir, const char *name, mode_t mode, const void *bytes, size_t n,
			 int flags, struct diag *d)
{
	int fd = io_open_new(dir, name, mode, flags, d);
	int rc;

	if (fd < 0)
		return -1;
	rc = io_write_all(fd, name, bytes, n, d);
	if (!rc && flags & IO_SYNC && fsync(fd) < 0)
		rc = diag_errno(d, "cannot flush %s", name);
	return io_end_new(dir, fd, name, rc, d);
}

int io_create(int dir, const char *name, mode_t mode, const void *bytes, size_t n,
	      struct diag *d)
{
	return create_filled(dir, name, mode, bytes, n, 0, d);
}

/*
 * "a/b" becomes "a/.b.tmp".  A name too long for two dots and "tmp" loses its
 * tail: the hidden name need not be unique for ever, only among what this one
 * writer is publishing at this moment.
 */
static int hidden_name(const char *name, char hidden[PATH_MAX], struct diag *d)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;
	int kept = NAME_MAX - (int)strlen("..tmp");
	int n;

	n = snprintf(hidden, PATH_MAX, "%.*s.%.*s.tmp", (int)(base - name), name, kept, base);
	if (*base && n < PATH_MAX)
		return 0;
	return io_fail_as(d, *base ? ENAMETOOLONG : EINVAL,
			  *base ? "cannot publish %s: the name is too long" :
				  "cannot publish \"%s\": expected the name of a file", name);
}

static int rename_excl(int dir, const char *from, const char *to)
{
	if (!renameat2(dir, from, dir, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* Not every file system (NFS, some of FUSE) knows the flag; link(2) never replaces. */
	if (linkat(dir, from, dir, to, 0) < 0)
		return -1;
	unlinkat(dir, from, 0);
	return 0;
}

static int sync_parent(int dir, const char *name, struct diag *d)
{
	const char *slash = strrchr(name, '/');
	char parent[PATH_MAX];
	int fd, rc;

	/* The dot keeps "/name" and "a//name" right, and needs no special case. */
	snprintf(parent, sizeof parent, "%.*s.", slash ? (int)(slash + 1 - name) : 0, name);
	fd = openat(dir, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return diag_errno(d, "cannot open the directory of %s", name);
	rc = io_sync_dir(fd, d);
	io_close_quietly(fd);
	return rc;
}

int io_publish(int dir, const char *name, mode_t mode, const void *bytes, size_t n,
	       int flags, struct diag *d)
{
	char hidden[PATH_MAX];
	int rc;

	if (hidden_name(name, hidden, d))
		return -1;
	if (create_filled(dir, hidden, mode, bytes, n, flags | IO_REPLACE, d))
		return -1;
	if (flags & IO_EXCL)
		rc = rename_excl(dir, hidden, name);
	else
		rc = renameat(dir, hidden, dir, name);
	if (rc < 0) {
		diag_errno(d, "cannot publish %s", name);
		io_unlink_quietly(dir, hidden);
		return -1;
	}
	/* Failing here, the file is there for all to see, yet might not survive. */
	return flags & IO_SYNC ? sync_parent(dir, name, d) : 0;
}

/* Take back a torn append, unless somebody else has appended meanwhile. */
static void append_undo(int fd, off_t old_size, size_t n)
{
	int saved = errno;
	struct stat st;

	if (!fstat(fd, &st) && st.st_size > old_size && st.st_size < old_size + (off_t)n &&
	    ftruncate(fd, old_size) < 0)
		errno = saved;	/* recovery cuts the torn end off */
	errno = saved;
}

int io_append(int dir, const char *name, const void *bytes, size_t n, struct diag *d)
{
	struct stat st;
	int fd;

	fd = io_open_regular(dir, name, O_WRONLY | O_APPEND, &st, d);
	if (fd < 0)
		return -1;
	if (io_write_all(fd, name, bytes, n, d)) {
		append_undo(fd, st.st_size, n);
		io_close_quietly(fd);
		return -1;
	}
	return io_finish(fd, name, d);
}
