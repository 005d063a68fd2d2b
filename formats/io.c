/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of io.h that reads, and the steps of io_part.h that all parts take. */
#include "io_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

void io_close_quietly(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

int io_fail_as(struct diag *d, int err, const char *fmt, const char *name)
{
	diag_set(d, fmt, name);
	if (d)
		d->err = err;
	errno = err;
	return -1;
}

int io_open_regular(int dir, const char *name, int flags, struct stat *st, struct diag *d)
{
	int fd;

	do
		fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	if (fd < 0 && errno == ELOOP && !fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) &&
	    S_ISLNK(st->st_mode))
		return io_fail_as(d, ELOOP, "%s is a symbolic link, expected a regular file", name);
	/* ENXIO: a socket, or a FIFO opened for writing that nobody reads. */
	if (fd < 0 && (errno == EISDIR || errno == ENXIO))
		return io_fail_as(d, errno, "%s is not a regular file", name);
	if (fd < 0)
		return diag_errno(d, "cannot open %s", name);
	if (fstat(fd, st) < 0) {
		diag_errno(d, "cannot stat %s", name);
		io_close_quietly(fd);
		return -1;
	}
	if (!S_ISREG(st->st_mode)) {
		close(fd);
		return io_fail_as(d, S_ISDIR(st->st_mode) ? EISDIR : EINVAL,
				  "%s is not a regular file", name);
	}
	return fd;
}

int io_open_read(int dir, const char *name, struct diag *d)
{
	struct stat st;

	return io_open_regular(dir, name, O_RDONLY, &st, d);
}

ssize_t io_read_once(int fd, void *to, size_t n)
{
	ssize_t got;

	do
		got = read(fd, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

static int too_large(struct diag *d, const char *name, size_t max)
{
	diag_set(d, "%s is too large, expected at most %zu bytes", name, max);
	if (d)
		d->err = EFBIG;
	errno = EFBIG;
	return -1;
}

/*
 * hint: how much a regular file is expected to hold, so that it costs one
 * allocation and one read: less than was asked for comes only at its end.  It
 * is not believed: files grow, and those of /proc say they are empty (0).
 */
static int read_all(int fd, const char *name, size_t hint, size_t max, struct buf *out,
		    struct diag *d)
{
	size_t start = out->len, want;
	ssize_t got;

	for (;;) {
		size_t have = out->len - start;

		want = have < hint ? hint - have + 1 : CHUNK;
		if (want > max - have)
			want = max - have + (max < SIZE_MAX);
		if (!buf_reserve(out, want))
			return diag_nomem(d);
		got = io_read_once(fd, out->s + out->len, want);
		if (got <= 0)
			break;
		out->len += (size_t)got;
		if (out->len - start > max) {
			too_large(d, name, max);
			goto undo;
		}
		if (hint && (size_t)got < want) {
			got = 0;
			break;
		}
	}
	if (out->cap)
		out->s[out->len] = '\0';
	if (!got)
		return 0;
	diag_errno(d, "cannot read %s", name);
undo:
	out->len = start;
	if (out->cap)
		out->s[start] = '\0';
	return -1;
}

int io_read(int dir, const char *name, size_t max, struct buf *out, struct diag *d)
{
	struct stat st = { 0 };
	int fd, rc;

	fd = io_open_regular(dir, name, O_RDONLY, &st, d);
	if (fd < 0)
		return -1;
	if ((uintmax_t)st.st_size > max)
		rc = too_large(d, name, max);
	else
		rc = read_all(fd, name, (size_t)st.st_size, max, out, d);
	io_close_quietly(fd);
	return rc;
}

int io_read_fd(int fd, size_t max, struct buf *out, struct diag *d)
{
	return read_all(fd, "the input", 0, max, out, d);
}

int io_read_sized(int fd, size_t size, size_t max, struct buf *out, struct diag *d)
{
	return read_all(fd, "the input", size, max, out, d);
}
