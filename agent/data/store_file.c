/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory that this machine sees: a disk, a network file system. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "store.h"

enum { PIECE = 4 << 20, PROBE = 64 << 10 };

static const char *const schemes[] = { "file", NULL };

/* file:///a%20b and file://localhost/a%20b: /a b */
static int local_path(const struct store_way *w, char out[PATH_MAX], struct diag *d)
{
	const char *rest = w->at + strlen("file://"), *slash = strchr(rest, '/');
	struct buf plain = BUF_INIT;
	int n;

	if (strncmp(w->at, "file://", 7) || !slash)
		return diag_set(d, "%.300s is no file:///PATH", w->url);
	store_unescape(&plain, slash);
	n = snprintf(out, PATH_MAX, "%s", plain.s);
	buf_free(&plain);
	return n < PATH_MAX ? 0 : diag_set(d, "%.300s is too long", w->url);
}

/* From where `to` ends on. */
static int copy_on(int from, int to, struct progress *p, struct store_timing *t, struct diag *d)
{
	off_t have = lseek(to, 0, SEEK_END);
	int64_t start = instant_steady();
	struct stat st;
	ssize_t n;

	if (have < 0 || fstat(from, &st) < 0)
		return diag_errno(d, "cannot stat");
	if (have > st.st_size && (have = 0, ftruncate(to, 0) < 0 || lseek(to, 0, SEEK_SET) < 0))
		return diag_errno(d, "cannot shorten");
	while ((n = copy_file_range(from, &have, to, NULL, PIECE, 0)) != 0) {
		char piece[65536];

		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP)) {
			n = pread(from, piece, sizeof piece, have);
			if (n > 0 && io_write_fd(to, piece, (size_t)n, d) < 0)
				return -1;
			have += n > 0 ? n : 0;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_errno(d, "cannot copy");
		if (n == 0)
			break;
		t->bytes += (uint64_t)n;
		progress_moved(p, (uint64_t)have);
	}
	t->moving = instant_steady() - start;
	return 0;
}

static int file_get(const struct store_way *w, const struct settings *set, int dir,
		    const char *name, uint64_t size, struct progress *p, struct store_timing *t,
		    struct diag *d)
{
	char path[PATH_MAX];
	int from, to, rc = -1;

	(void)set;
	(void)size;
	if (local_path(w, path, d) < 0)
		return -1;
	from = io_open_read(AT_FDCWD, path, d);
	if (from < 0)
		return d->err == ENOENT ? 1 : -1;
	to = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (to < 0)
		diag_errno(d, "cannot open %s", name);
	else
		rc = copy_on(from, to, p, t, d);
	if (to >= 0 && close(to) < 0 && rc == 0)
		rc = diag_errno(d, "cannot close %s", name);
	close(from);
	return rc;
}

/* Of one directory and the one above it, unless that is of another file system or
 * somebody else made this one: *at moves up, or is closed and -1. */
static int flush_names(int *at, struct diag *d)
{
	struct stat here, above;
	int up = -1, rc = io_sync_dir(*at, d);

	if (rc == 0 && fstat(*at, &here) == 0 && here.st_uid == geteuid())
		up = openat(*at, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (up >= 0 && (fstat(up, &above) < 0 || above.st_dev != here.st_dev ||
			above.st_ino == here.st_ino)) {
		close(up);
		up = -1;
	}
	close(*at);
	*at = up;
	return rc;
}

/* All names on the way to the file that we may have made, now or in an earlier
 * try: what is said to be there must not go when the power fails. */
static int flush_way(const char *path, struct diag *d)
{
	char parent[PATH_MAX];
	int at, rc = 0;

	snprintf(parent, sizeof parent, "%.*s/", (int)(strrchr(path, '/') - path), path);
	at = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return diag_errno(d, "cannot open %s", parent);
	while (at >= 0 && rc == 0)
		rc = flush_names(&at, d);
	if (at >= 0)
		close(at);
	return rc;
}

/* Under a hidden name, flushed, then renamed: whoever looks there sees all or
 * nothing; and when we are done, so does who looks after a power cut. */
static int put_beside(const char *path, int from, struct progress *p, struct store_timing *t,
		      struct diag *d)
{
	char hidden[PATH_MAX + 16];
	const char *slash = strrchr(path, '/');
	int to, rc;

	snprintf(hidden, sizeof hidden, "%.*s/.%s.part", (int)(slash - path), path, slash + 1);
	to = open(hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (to < 0)
		return diag_errno(d, "cannot open %s", hidden);
	rc = copy_on(from, to, p, t, d);
	if (rc == 0 && fsync(to) < 0)
		rc = diag_errno(d, "cannot flush %s", hidden);
	if (close(to) < 0 && rc == 0)
		rc = diag_errno(d, "cannot close %s", hidden);
	if (rc == 0 && rename(hidden, path) < 0)
		rc = diag_errno(d, "cannot name %s", path);
	if (rc < 0)
		unlink(hidden);
	return rc < 0 ? -1 : flush_way(path, d);
}

static int file_put(const struct store_way *w, const struct settings *set, int dir,
		    const char *name, uint64_t size, const struct digest *g, struct progress *p,
		    struct store_timing *t, struct diag *d)
{
	char path[PATH_MAX], parent[PATH_MAX];
	int from, rc = -1;

	(void)set;
	(void)size;
	(void)g;
	if (local_path(w, path, d) < 0)
		return 1;
	snprintf(parent, sizeof parent, "%s", path);
	*strrchr(parent, '/') = '\0';
	if (parent[0] && io_mkdirs(parent, 0755, d) < 0)
		return d->err == EACCES || d->err == EROFS ? 1 : -1;
	from = io_open_read(dir, name, d);
	if (from >= 0) {
		rc = put_beside(path, from, p, t, d);
		close(from);
	}
	return rc < 0 && (d->err == EACCES || d->err == EROFS) ? 1 : rc;
}

static int file_probe(const struct store_way *w, const struct settings *set,
		      struct store_timing *t, struct diag *d)
{
	int64_t start = instant_steady();
	char path[PATH_MAX], piece[PROBE];
	int fd;
	ssize_t n = 0;

	(void)set;
	if (local_path(w, path, d) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return diag_errno(d, "cannot open %s", path);
	if (w->store->probe)
		n = pread(fd, piece, sizeof piece, 0);
	close(fd);
	t->first = instant_steady() - start;
	if (t->first < 1)
		t->first = 1;
	return n < 0 ? diag_errno(d, "cannot read %s", path) : 0;
}

const struct store_kind store_file = { schemes, file_get, file_put, file_probe };
