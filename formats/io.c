/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, COPY_CHUNK = 16 << 20 };

/* Beside IO_SYNC and IO_EXCL: whatever has the name is rubbish. */
enum { REPLACE = 1 << 16 };

static void close_keeping_errno(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

/* As diag_errno, for a case that has a better text than strerror(err). */
static int fail_as(struct diag *d, int err, const char *fmt, const char *name)
{
	diag_set(d, fmt, name);
	if (d)
		d->err = err;
	errno = err;
	return -1;
}

/*
 * Open what must be a regular file.  O_NONBLOCK: a FIFO somebody planted must
 * not stop us in open(2); it means nothing for a regular file.
 */
static int open_regular(int dir, const char *name, int flags, struct stat *st, struct diag *d)
{
	int fd;

	do
		fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	if (fd < 0 && errno == ELOOP && !fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) &&
	    S_ISLNK(st->st_mode))
		return fail_as(d, ELOOP, "%s is a symbolic link, expected a regular file", name);
	/* ENXIO: a socket, or a FIFO opened for writing that nobody reads. */
	if (fd < 0 && (errno == EISDIR || errno == ENXIO))
		return fail_as(d, errno, "%s is not a regular file", name);
	if (fd < 0)
		return diag_errno(d, "cannot open %s", name);
	if (fstat(fd, st) < 0) {
		diag_errno(d, "cannot stat %s", name);
		close_keeping_errno(fd);
		return -1;
	}
	if (!S_ISREG(st->st_mode)) {
		close(fd);
		return fail_as(d, S_ISDIR(st->st_mode) ? EISDIR : EINVAL,
			       "%s is not a regular file", name);
	}
	return fd;
}

int io_open_read(int dir, const char *name, struct diag *d)
{
	struct stat st;

	return open_regular(dir, name, O_RDONLY, &st, d);
}

static ssize_t read_once(int fd, void *to, size_t n)
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
		got = read_once(fd, out->s + out->len, want);
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
	struct stat st;
	int fd, rc;

	fd = open_regular(dir, name, O_RDONLY, &st, d);
	if (fd < 0)
		return -1;
	if ((uintmax_t)st.st_size > max)
		rc = too_large(d, name, max);
	else
		rc = read_all(fd, name, (size_t)st.st_size, max, out, d);
	close_keeping_errno(fd);
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

static int write_all(int fd, const char *name, const void *bytes, size_t n, struct diag *d)
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
	return write_all(fd, "the output", bytes, n, d);
}

static void unlink_keeping_errno(int dir, const char *name)
{
	int saved = errno;

	unlinkat(dir, name, 0);
	errno = saved;
}

static int open_new(int dir, const char *name, mode_t mode)
{
	int fd;

	do
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* The mode is what the caller said, whatever the umask; never less than that. */
static int create(int dir, const char *name, mode_t mode, int flags, struct diag *d)
{
	struct stat st;
	int fd = open_new(dir, name, mode);

	/*
	 * Left over by a writer that was killed.  Removed, not truncated: it
	 * may be the second name of a file published by link(2).
	 */
	if (fd < 0 && errno == EEXIST && flags & REPLACE && !unlinkat(dir, name, 0))
		fd = open_new(dir, name, mode);
	if (fd < 0)
		return diag_errno(d, "cannot create %s", name);
	if (!fstat(fd, &st) && ((st.st_mode & mode) == mode || !fchmod(fd, st.st_mode | mode)))
		return fd;
	diag_errno(d, "cannot set the mode of %s", name);
	unlink_keeping_errno(dir, name);
	close_keeping_errno(fd);
	return -1;
}

/* close(2) is the last call that can say "disk full" (NFS, quotas). */
static int finish(int fd, const char *name, struct diag *d)
{
	if (!close(fd) || errno == EINTR)
		return 0;
	return diag_errno(d, "cannot write %s", name);
}

static int create_filled(int dir, const char *name, mode_t mode, const void *bytes, size_t n,
			 int flags, struct diag *d)
{
	int fd = create(dir, name, mode, flags, d);
	int rc;

	if (fd < 0)
		return -1;
	rc = write_all(fd, name, bytes, n, d);
	if (!rc && flags & IO_SYNC && fsync(fd) < 0)
		rc = diag_errno(d, "cannot flush %s", name);
	if (rc)
		close_keeping_errno(fd);
	else
		rc = finish(fd, name, d);
	if (rc)
		unlink_keeping_errno(dir, name);
	return rc;
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
	return fail_as(d, *base ? ENAMETOOLONG : EINVAL,
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
	close_keeping_errno(fd);
	return rc;
}

int io_publish(int dir, const char *name, mode_t mode, const void *bytes, size_t n,
	       int flags, struct diag *d)
{
	char hidden[PATH_MAX];
	int rc;

	if (hidden_name(name, hidden, d))
		return -1;
	if (create_filled(dir, hidden, mode, bytes, n, flags | REPLACE, d))
		return -1;
	if (flags & IO_EXCL)
		rc = rename_excl(dir, hidden, name);
	else
		rc = renameat(dir, hidden, dir, name);
	if (rc < 0) {
		diag_errno(d, "cannot publish %s", name);
		unlink_keeping_errno(dir, hidden);
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

	fd = open_regular(dir, name, O_WRONLY | O_APPEND, &st, d);
	if (fd < 0)
		return -1;
	if (write_all(fd, name, bytes, n, d)) {
		append_undo(fd, st.st_size, n);
		close_keeping_errno(fd);
		return -1;
	}
	return finish(fd, name, d);
}

/*
 * A flush of the file system, by whomever, waits for all that was written to
 * it: of what we copy no more than two chunks.  Only a wish, so errors are left
 * to the flush.
 */
static void write_out(int fd, off_t end)
{
	const unsigned wait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
			      SYNC_FILE_RANGE_WAIT_AFTER;

	if (end < COPY_CHUNK)
		return;
	(void)!sync_file_range(fd, end - COPY_CHUNK, COPY_CHUNK, SYNC_FILE_RANGE_WRITE);
	if (end >= 2 * (off_t)COPY_CHUNK)
		(void)!sync_file_range(fd, 0, end - COPY_CHUNK, wait);
}

/* Both descriptors keep their offsets, so each way goes on where the one before stopped. */
static int copy_bytes(int in, int out, const char *from, const char *to, struct diag *d)
{
	char chunk[CHUNK];
	off_t done = 0;
	ssize_t got;

	if (!ioctl(out, FICLONE, in))
		return 0;
	do {
		got = copy_file_range(in, NULL, out, NULL, COPY_CHUNK, 0);
		if (got > 0)
			write_out(out, done += got);
	} while (got > 0 || (got < 0 && errno == EINTR));
	/* Whatever stopped it: if it was real, doing it by hand will say so. */
	while ((got = read_once(in, chunk, sizeof chunk)) > 0)
		if (write_all(out, to, chunk, (size_t)got, d))
			return -1;
	return got < 0 ? diag_errno(d, "cannot read %s", from) : 0;
}

int io_copy(int from_dir, const char *from, int to_dir, const char *to, mode_t mode,
	    struct diag *d)
{
	struct stat st;
	int in, out, rc;

	in = open_regular(from_dir, from, O_RDONLY, &st, d);
	if (in < 0)
		return -1;
	out = create(to_dir, to, mode, 0, d);
	if (out < 0) {
		close_keeping_errno(in);
		return -1;
	}
	rc = copy_bytes(in, out, from, to, d);
	close_keeping_errno(in);
	if (rc)
		close_keeping_errno(out);
	else
		rc = finish(out, to, d);
	if (rc)
		unlink_keeping_errno(to_dir, to);
	return rc;
}
