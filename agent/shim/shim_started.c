/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_started.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"

enum { STARTED_MAX = 65536 };

static int read_proc(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -1;
	rc = io_read_fd(fd, 4096, out, NULL);
	close(fd);
	return rc;
}

/* Field 22 of stat; the second, the name, may hold blanks and brackets. */
static unsigned long long own_ticks(void)
{
	struct buf b = BUF_INIT;
	unsigned long long ticks = 0;
	const char *s = NULL;

	if (read_proc("/proc/self/stat", &b) == 0)
		s = strrchr(b.s, ')');
	for (int field = 2; s && field < 22; field++)
		s = strchr(s + 1, ' ');
	if (s)
		sscanf(s, "%llu", &ticks);
	buf_free(&b);
	return ticks;
}

bool shim_boot(char id[SHIM_BOOT])
{
	struct buf b = BUF_INIT;
	size_t len = 0;

	if (read_proc("/proc/sys/kernel/random/boot_id", &b) == 0 && b.len)
		len = strcspn(b.s, "\n");
	if (len >= SHIM_BOOT)
		len = 0;
	memcpy(id, len ? b.s : "", len);
	id[len] = '\0';
	buf_free(&b);
	return len > 0;
}

static void compose(struct buf *b, const char *mode, const char *more)
{
	char boot[SHIM_BOOT];

	buf_addf(b, "pid %d\nticks %llu\nboot %s\n", (int)getpid(), own_ticks(),
		 shim_boot(boot) ? boot : "unknown");
	buf_addf(b, "mode %s\ntime ", mode);
	instant_format(instant_now(), b);
	buf_addf(b, "\n%s", more);
}

/* Where the file system has no RENAME_NOREPLACE, link(2) is as exclusive. */
static int reveal(int dir, const char *hidden)
{
	if (renameat2(dir, hidden, dir, "started", RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(dir, hidden, dir, "started", 0) < 0)
		return -1;
	unlinkat(dir, hidden, 0);
	return 0;
}

/*
 * Flushed after it is visible, which saves a commit of the journal: nothing
 * runs before this returns, so a power cut in between that loses the file, or
 * only its text, finds a job that was never started.
 */
static int publish(int dir, int fd, const char *hidden, const struct buf *text, bool flush,
		   struct diag *d)
{
	if (text->failed)
		return diag_nomem(d);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return diag_errno(d, "cannot lock %s", hidden);
	if (io_write_fd(fd, text->s, text->len, d) < 0)
		return -1;
	if (reveal(dir, hidden) < 0)
		return diag_errno(d, "cannot make started");
	if (!flush)
		return 0;
	if (fsync(fd) < 0)
		return diag_errno(d, "cannot flush started");
	return io_sync_dir(dir, d);
}

int shim_started_make(int dir, const char *mode, const char *more, bool flush, struct diag *d)
{
	struct buf text = BUF_INIT;
	char hidden[32];
	int fd, saved;

	snprintf(hidden, sizeof(hidden), ".started.%d", (int)getpid());
	if (faccessat(dir, "started", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return diag_errno(d, "cannot make started");
	}
	fd = openat(dir, hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return diag_errno(d, "cannot make %s", hidden);
	compose(&text, mode, more);
	if (publish(dir, fd, hidden, &text, flush, d) < 0) {
		saved = errno;
		unlinkat(dir, hidden, 0);
		close(fd);
		fd = -1;
		errno = saved;
	}
	buf_free(&text);
	return fd;
}

int shim_started_take(int dir, struct diag *d)
{
	int fd = openat(dir, "started", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int saved;

	if (fd < 0)
		return diag_errno(d, "started");
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	if (saved != EWOULDBLOCK)
		return diag_errno(d, "cannot lock started");
	diag_set(d, "its shim is alive");
	if (d)
		d->err = EWOULDBLOCK;
	return -1;
}

bool shim_started_alive(int dir)
{
	int fd = shim_started_take(dir, NULL);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EWOULDBLOCK;
}

int shim_started_read(int dir, struct buf *out, struct diag *d)
{
	return io_read(dir, "started", STARTED_MAX, out, d);
}

const char *shim_started_line(const char *text, const char *after, const char *word, size_t *len)
{
	const char *s = after ? strchr(after, '\n') : text;
	size_t n = strlen(word);

	for (; s && *s; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (!strncmp(s, word, n) && s[n] == ' ') {
			*len = strcspn(s + n + 1, "\n");
			return s + n + 1;
		}
	}
	return NULL;
}
