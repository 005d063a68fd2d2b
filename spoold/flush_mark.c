/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flush_mark.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool.h"

static const char name[] = "flushed";
static const char hidden[] = ".flushed.tmp";
/* Clocks step a little, and file systems round. */
enum { MARGIN = 60 };

static bool set(int fd, const struct timespec *mtime)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, *mtime };

	return futimens(fd, times) == 0;
}

/* It must never be seen with the time at which it was made. */
static int make(const struct spool *s)
{
	const struct timespec zero = { 0, 0 };
	int fd = openat(s->run, hidden, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd >= 0 && set(fd, &zero) && renameat(s->run, hidden, s->run, name) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	unlinkat(s->run, hidden, 0);
	return -1;
}

void flush_mark_begin(struct flush_mark *m, const struct spool *s)
{
	int fd = openat(s->run, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	m->begun = (struct timespec){ 0, 0 };
	if (fd < 0)
		fd = make(s);
	if (fd < 0)
		return;
	/* Setting the time, if only to what it was, makes the ctime now. */
	if (fstat(fd, &st) == 0 && set(fd, m->before.tv_sec ? &m->before : &st.st_mtim) &&
	    fstat(fd, &st) == 0)
		m->begun = st.st_ctim;
	close(fd);
}

void flush_mark_end(struct flush_mark *m)
{
	m->before = m->last;
	m->last = m->begun;
}

struct timespec flush_mark_since(const struct spool *s)
{
	struct stat st;

	if (fstatat(s->run, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_mtim.tv_sec < MARGIN)
		return (struct timespec){ 0, 0 };
	return (struct timespec){ st.st_mtim.tv_sec - MARGIN, st.st_mtim.tv_nsec };
}
