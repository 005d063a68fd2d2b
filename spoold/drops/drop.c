/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "drop_name.h"
#include "instant.h"
#include "io.h"
#include "request.h"

void drop_strip_bom(struct buf *b)
{
	if (b->len >= 3 && !memcmp(b->s, "\xef\xbb\xbf", 3)) {
		memmove(b->s, b->s + 3, b->len - 2);
		b->len -= 3;
	}
}

static const char *kind_of(mode_t mode)
{
	return S_ISDIR(mode) ? "a directory" : S_ISLNK(mode) ? "a symbolic link"
	     : S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
}

static int64_t age(const struct timespec *t, int64_t now)
{
	return now - ((int64_t)t->tv_sec * SECOND_US + t->tv_nsec / 1000);
}

/*
 * A read lease is granted only when nobody has the file open for writing: the
 * kernel's own answer to "is it whole?".  Where we may not ask (a foreign file,
 * no CAP_LEASE, a file system without leases) a file that has not changed for
 * a second counts as whole.
 */
static bool being_written(int fd, const struct stat *st, int64_t now)
{
	int64_t old;

	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
		return false;
	if (errno == EAGAIN)
		return true;
	/* It may have been written since this turn began; a time far ahead is
	 * somebody's clock, and must not keep the drop waiting for ever. */
	old = age(&st->st_mtim, now);
	return old > -60 * SECOND_US && old < SECOND_US;
}

/* Refusals that need no look inside. */
static enum drop_state check_outside(const struct drop *p, int64_t now, struct diag *d)
{
	if (!S_ISREG(p->st.st_mode)) {
		diag_set(d, "found %s; a drop has to be a regular file", kind_of(p->st.st_mode));
		return DROP_REFUSED;
	}
	if (!drop_name_ends_well(p->name)) {
		diag_set(d, "the name does not end in .yaml, .yml or .json");
		return DROP_REFUSED;
	}
	if (p->st.st_size > REQUEST_MAX_BYTES) {
		diag_set(d, "%jd bytes; a drop may have at most %u", (intmax_t)p->st.st_size,
			 REQUEST_MAX_BYTES);
		return DROP_REFUSED;
	}
	/* The owner of a file is its author only if nobody else could put this
	 * name here.  Right after link(2) the other name may be about to go. */
	if (p->st.st_nlink > 1 && age(&p->st.st_ctim, now) < 2 * SECOND_US)
		return DROP_LATER;
	if (p->st.st_nlink > 1) {
		diag_set(d, "the file has %ju hard links; a drop has to be a copy of its own",
			 (uintmax_t)p->st.st_nlink);
		return DROP_REFUSED;
	}
	return DROP_READY;
}

static enum drop_state failed(struct diag *d, const char *name)
{
	if (errno == ENOENT)
		return DROP_GONE;
	if (errno == EACCES || errno == EPERM) {
		diag_errno(d, "spoold cannot read it");
		return DROP_REFUSED;
	}
	diag_errno(d, "cannot open inbox/%s", name);
	return DROP_TROUBLE;
}

static enum drop_state read_whole(int fd, struct drop *p, int64_t now, struct diag *d)
{
	enum drop_state s;

	if (fstat(fd, &p->st) < 0)
		return failed(d, p->name);
	s = check_outside(p, now, d);
	if (s != DROP_READY)
		return s;
	if (being_written(fd, &p->st, now))
		return DROP_LATER;
	/* Only now, with the lease, it is what it will be while we read. */
	if (drop_mark_get(fd, "", &p->mark) < 0)
		return failed(d, p->name);
	if (p->mark.size > REQUEST_MAX_BYTES)
		return DROP_LATER;
	p->mark.young = drop_mark_is_young(&p->mark, now);
	buf_reset(&p->text);
	if (io_read_sized(fd, (size_t)p->mark.size, REQUEST_MAX_BYTES, &p->text, d) < 0)
		return errno == EFBIG ? DROP_LATER : DROP_TROUBLE;
	return DROP_READY;
}

enum drop_state drop_open(int inbox, int64_t now, struct drop *p, struct diag *d)
{
	enum drop_state s;
	int fd;

	/* O_NONBLOCK: a FIFO must not hold us; it changes nothing for files. */
	fd = openat(inbox, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && (errno == ELOOP || errno == ENXIO || errno == ENODEV || errno == EACCES)) {
		int saved = errno;

		if (fstatat(inbox, p->name, &p->st, AT_SYMLINK_NOFOLLOW) < 0)
			return failed(d, p->name);
		s = check_outside(p, now, d);
		/* Many programs set the mode last. */
		if (s == DROP_READY && saved == EACCES && age(&p->st.st_ctim, now) < 2 * SECOND_US)
			s = DROP_LATER;
		errno = saved;
		return s == DROP_READY ? failed(d, p->name) : s;
	}
	if (fd < 0)
		return failed(d, p->name);
	s = read_whole(fd, p, now, d);
	close(fd);
	return s;
}
